/**
 * Values of every type that a column may have, two and two: a comparison must
 * tell the first from the second. Many pairs are equal to the type itself, to
 * its hash, or to a checksum that takes less care. Data only.
 */

export type Value = string | null;

export interface ColumnOfType {
  /** Names the column as well. */
  readonly type: string;
  /** In every row that another column's pair has; to be told from NULL. */
  readonly ordinary: string;
  readonly pairs: readonly (readonly [Value, Value])[];
}

type Listed = readonly [type: string, ordinary: string, ...pairs: (readonly [Value, Value])[]];

const numbers: readonly Listed[] = [
  ["bool", "t", ["t", "f"]],
  ["int2", "7", ["-32768", "32767"], ["0", null]],
  ["int4", "7", ["-2147483648", "2147483647"], ["0", null]],
  [
    "int8",
    "9007199254740993",
    ["1", "4294967296"],
    ["5", "-6"],
    ["9007199254740993", "9007199254740992"],
  ],
  [
    "numeric",
    "12.50",
    ["1.5", "1.500"],
    ["0", "0.00"],
    ["NaN", "Infinity"],
    ["-Infinity", "Infinity"],
    ["1e131071", "1e131070"],
    ["123456789012345678901234567890.123456789", "123456789012345678901234567890.123456788"],
    ["1e-16383", "0"],
  ],
  ["numeric(12,2)", "3.10", ["0.00", "0.01"], ["-0.00", null]],
  ["numeric(5,-2)", "1200", ["1200", "1300"]],
  [
    "float4",
    "0.5",
    ["0", "-0"],
    ["0.1", "0.10000001"],
    ["1e-45", "0"],
    ["3.4028235e38", "Infinity"],
    ["NaN", "Infinity"],
    ["NaN", null],
  ],
  [
    "float8",
    "0.5",
    ["0", "-0"],
    ["0.1", "0.10000000000000002"],
    ["5e-324", "0"],
    ["NaN", "-Infinity"],
    ["NaN", null],
    ["1.7976931348623157e308", "Infinity"],
  ],
  ["money", "12.34", ["12.34", "-12.34"], ["0", "0.01"]],
];

const texts: readonly Listed[] = [
  [
    "text",
    "a text",
    ["", null],
    ["é", "e\u0301"],
    ["a", "a "],
    ["ß", "ss"],
    ["漢字🍕", "漢字"],
    ["NULL", null],
    ["\\N", "N"],
    ["tab\there", "tab here"],
    ["line\nbreak", "line\r\nbreak"],
    ["it's", "it''s"],
    ['"', '""'],
  ],
  ["text collate no_case", "Straße", ["Case", "cASE"], ["", null]],
  ['text collate "C"', "é", ["é", "É"]],
  ["varchar", "v", ["v", "v "], ["", null]],
  ["varchar(50)", "v", ["v", "V"], ["", null]],
  ["char(10)", "c", ["c", "d"], ["", null]],
  ["bpchar", "b", ["x", "x  "], ["", null], [" ", ""]],
  ["name", "nm", ["a", "A"], ["", null]],
  ['"char"', "x", ["x", "y"], ["", null]],
  ["citext", "CaSe", ["A", "a"], ["", null]],
  ["bytea", "\\x00ff10", ["\\x00ff", "\\x00fe"], ["\\x", null], ["\\x00", "\\x"]],
  [
    "uuid",
    "550e8400-e29b-41d4-a716-446655440000",
    ["550e8400-e29b-41d4-a716-446655440000", "550e8400-e29b-41d4-a716-446655440001"],
  ],
  ["bit(8)", "10101010", ["10101010", "10101011"]],
  ["bit varying", "101", ["101", "1010"], ["", null], ["0", ""]],
  ["bit varying(9)", "1", ["1", "0"]],
  ["refcursor", "r", ["r", ""]],
];

const times: readonly Listed[] = [
  [
    "date",
    "2024-02-29",
    ["infinity", "-infinity"],
    ["4713-01-01 BC", "4713-01-01"],
    ["5874897-12-31", "5874897-12-30"],
  ],
  ["time", "23:59:59.999999", ["24:00:00", "00:00:00"]],
  ["time(0)", "10:00", ["10:00:00", "10:00:01"]],
  ["timetz", "10:00:00+05:30", ["10:00+00", "12:00+02"], ["10:00:00+05:30:01", "10:00:00+05:30"]],
  [
    "timestamp",
    "2024-03-10 02:30:00.123456",
    ["infinity", "-infinity"],
    ["4713-01-01 00:00:00 BC", "4713-01-01 00:00:00"],
    ["294276-12-31 23:59:59.999999", "294276-12-31 23:59:59.999998"],
  ],
  [
    "timestamptz",
    "2024-11-03 01:30:00-04",
    ["2000-01-01 00:00:00.000001Z", "2000-01-01 01:11:34.967296Z"],
    ["infinity", null],
    ["0001-01-01 00:00:00+00 BC", "0001-01-01 00:00:00+00"],
    ["1883-11-18 12:00:00+00", "1883-11-18 12:00:01+00"],
  ],
  [
    "timestamptz(3)",
    "2024-06-15 12:00:00.001+00",
    ["2024-06-15 12:00:00.001+00", "2024-06-15 12:00:00.002+00"],
  ],
  [
    "interval",
    "1 mon 30 days 25:00:00.5",
    ["1 day", "24:00:00"],
    ["1 mon", "30 days"],
    ["-1 year 2 mons -3 days 04:05:06.789", "-1 year 2 mons -3 days 04:05:06.788"],
    ["178000000 years", "-178000000 years"],
    ["0", null],
    ["0.000001 sec", "0"],
  ],
  ["interval day to second(3)", "1 day 00:00:01.5", ["1 day", "23:59:60.001"]],
];

const documents: readonly Listed[] = [
  [
    "json",
    '{"b": 1,  "a":2}',
    ['{"a":1}', '{"a": 1}'],
    ['{"a":1,"b":2}', '{"b":2,"a":1}'],
    ['{"a":1,"a":2}', '{"a":2}'],
    ["null", null],
    ["1.0", "1.00"],
  ],
  [
    "jsonb",
    '{"b": 1.50, "a": [1, 2.0, null]}',
    ['{"a": 1.0}', '{"a": 1.00}'],
    ["null", null],
    ["[]", "{}"],
    ['{"a": null}', "{}"],
    ['""', "null"],
    ["[1e-7]", "[1e-8]"],
    ['"é"', '"e\u0301"'],
  ],
  ["jsonpath", "$.a[*] ? (@ > 1)", ['$."a"', 'strict $."a"']],
  [
    "xml",
    '<a b="1">x</a>',
    ["<a/>", "<a></a>"],
    ["<a> </a>", "<a/>"],
    ['<?xml version="1.0" encoding="LATIN1"?><a/>', "<b/>"],
    ['<?xml version="1.1"?><a/>', "<a/>"],
    ['<?xml version="1.0" standalone="yes"?><a/>', "<a/>"],
    ["\n<a/>", "<b/>"],
    ["", null],
  ],
  ["tsvector", "'a' 'cat':3 'fat':2A", ["'a':1A", "'a':1B"], ["'a':1", "'a'"], ["", null]],
  [
    "tsquery",
    "'fat' & 'cat'",
    ["'a' & 'b'", "'a' <-> 'b'"],
    ["'a':*", "'a':A"],
    ["('a' & 'b') | 'c'", "'a' & ('b' | 'c')"],
    ["", null],
  ],
];

const addresses: readonly Listed[] = [
  [
    "inet",
    "10.0.0.1/8",
    ["10.0.0.1/8", "10.0.0.1/9"],
    ["10.0.0.1", "10.0.0.1/31"],
    ["::1", "0.0.0.1"],
  ],
  ["cidr", "10.0.0.0/8", ["10.0.0.0/8", "10.0.0.0/9"], ["2001:db8::/32", "2001:db8::/33"]],
  ["macaddr", "08:00:2b:01:02:03", ["08:00:2b:01:02:03", "08:00:2b:01:02:04"]],
  ["macaddr8", "08:00:2b:01:02:03:04:05", ["08:00:2b:01:02:03:04:05", "08:00:2b:01:02:03:04:06"]],
];

const shapes: readonly Listed[] = [
  [
    "point",
    "(1.1,2.2)",
    ["(0,0)", "(-0,0)"],
    ["(NaN,1)", "(Infinity,1)"],
    ["(1,1)", "(1,1.0000000000000002)"],
  ],
  ["line", "{1,2,3}", ["{1,2,3}", "{2,4,6}"]],
  ["lseg", "[(0,0),(1,1)]", ["[(0,0),(1,1)]", "[(1,1),(0,0)]"]],
  ["box", "(1,1),(0,0)", ["(1,1),(0,0)", "(1,1),(-0,0)"], ["(2,1),(0,0)", "(1,2),(0,0)"]],
  ["path", "((0,0),(1,1))", ["((0,0),(1,1))", "[(0,0),(1,1)]"]],
  ["polygon", "((0,0),(1,1),(1,0))", ["((0,0),(1,1),(1,0))", "((1,1),(1,0),(0,0))"]],
  [
    "circle",
    "<(0.1,0.2),3>",
    ["<(0,0),1>", "<(0,0),1.0000000000000002>"],
    ["<(1,2),3>", "<(2,1),3>"],
  ],
];

const ranges: readonly Listed[] = [
  ["int4range", "[1,5)", ["[1,5)", "[1,6)"], ["empty", null], ["(,5)", "empty"]],
  ["int8range", "[1,4294967296)", ["[1,)", "[4294967296,)"]],
  ["numrange", "[1.10,2.20]", ["[1.0,2]", "[1.00,2]"], ["(1,2)", "[1,2]"]],
  ["tsrange", '["2024-01-01 00:00:00",infinity)', ["[2024-01-01,infinity)", "[2024-01-01,)"]],
  [
    "tstzrange",
    "[2024-01-01 00:00+00,2024-02-01 00:00+00)",
    ["[2024-01-01 00:00+00,]", "[2024-01-01 00:00+01,]"],
  ],
  [
    "daterange",
    "[2024-01-01,2024-02-01)",
    ["(,)", "empty"],
    ["[2024-01-01,infinity]", "[2024-01-01,infinity)"],
  ],
  ["int4multirange", "{[1,3),[7,9)}", ["{}", null], ["{[1,3)}", "{[1,4)}"]],
  ["int8multirange", "{[1,3)}", ["{[1,2)}", "{[4294967296,4294967297)}"]],
  ["nummultirange", "{[1.0,2]}", ["{[1.0,2]}", "{[1.00,2]}"]],
  [
    "tsmultirange",
    "{[2024-01-01,2024-02-01)}",
    ["{[2024-01-01,2024-02-01)}", "{[2024-01-01,2024-02-01]}"],
  ],
  [
    "tstzmultirange",
    "{[2024-01-01 00:00+00,2024-02-01 00:00+00)}",
    ["{[2024-01-01 00:00+00,)}", "{[2024-01-01 00:00+01,)}"],
  ],
  ["datemultirange", "{[2024-01-01,2024-02-01)}", ["{[2024-01-01,2024-02-01)}", "{}"]],
  ["stretch", "[0.1,0.30000000000000004]", ["[0.1,0.2]", "[0.1,0.2)"], ["[0,1]", "[-0,1]"]],
  ["stretches", "{[0.1,0.2]}", ["{[0.1,0.2]}", "{[0.1,0.2)}"]],
];

const arrays: readonly Listed[] = [
  ["bool[]", "{t,f}", ["{t,f}", "{f,t}"]],
  [
    "int[]",
    "{1,2,3}",
    ["{1,2,3}", "[0:2]={1,2,3}"],
    ["{1,2,3,4}", "{{1,2},{3,4}}"],
    ["{}", null],
    ["{NULL}", "{}"],
  ],
  ["int8[]", "{1}", ["{1}", "{4294967296}"]],
  [
    "text[]",
    '{a,"b c",NULL}',
    ["{a,NULL}", '{a,"NULL"}'],
    ['{""}', "{}"],
    ["{a,bc}", "{ab,c}"],
    ['{"a,b"}', "{a,b}"],
  ],
  ["text[] collate no_case", "{Case}", ["{Case}", "{cASE}"]],
  ["char(3)[]", "{a}", ["{a}", "{b}"]],
  ["bpchar[]", "{a}", ["{x}", '{"x "}']],
  ["numeric[]", "{1.0,1.00}", ["{1.0}", "{1.00}"]],
  ["float8[]", "{0.1,1e300}", ["{0}", "{-0}"], ["{NaN}", "{NULL}"]],
  ["timestamptz[]", "{2024-01-01 00:00+00}", ["{infinity}", "{-infinity}"]],
  ["interval[]", "{1 day}", ["{1 day}", "{24:00:00}"]],
  ["bytea[]", '{"\\\\x00"}', ['{"\\\\x00"}', '{"\\\\x"}']],
  [
    "jsonb[]",
    '{"{\\"a\\": 1.0}"}',
    ['{"{\\"a\\": 1.0}"}', '{"{\\"a\\": 1.00}"}'],
    ['{"null"}', "{NULL}"],
  ],
  [
    "uuid[]",
    "{550e8400-e29b-41d4-a716-446655440000}",
    ["{550e8400-e29b-41d4-a716-446655440000}", "{}"],
  ],
  ["inet[]", "{10.0.0.1/8}", ["{10.0.0.1/8}", "{10.0.0.1/9}"]],
  ["xml[]", "{<a/>}", ["{<a/>}", "{<a></a>}"]],
  ["point[]", '{"(1,2)"}', ['{"(0,0)"}', '{"(-0,0)"}']],
  ["int4range[]", '{"[1,2)"}', ['{"[1,2)"}', '{"[1,3)"}']],
  ["mood[]", "{sad,happy}", ["{sad,happy}", "{happy,sad}"], ["{}", null]],
  ["pair[]", '{"(1,a)"}', ['{"(1,)"}', '{"(1,\\"\\")"}']],
  ["no_case[]", "{Case}", ["{Case}", "{cASE}"]],
  ["citext[]", "{A}", ["{A}", "{a}"]],
  ["regclass[]", "{pg_class}", ["{pg_class}", "{pg_proc}"]],
  ["aclitem[]", "{=r/postgres}", ["{=r/postgres}", "{=w/postgres}"]],
  ["int2vector", "1 2", ["1 2", "2 1"], ["", null]],
  ["oidvector", "1 2", ["1 2", "2 1"]],
];

const made: readonly Listed[] = [
  ["mood", "ok", ["sad", "happy"]],
  ["loose", "sad", ["sad", "sorry"]],
  ["pair", '(1,"x y")', ["(1,)", '(1,"")'], ["(,)", null]],
  ["nested", '("(1,a)","{1.0}")', ['("(1,a)","{1.0}")', '("(1,a)","{1.00}")'], ['("(,)",)', "(,)"]],
  ["whole", "7", ["7", "8"]],
  ["no_case", "Case", ["Case", "cASE"], ["", null]],
  ["padded", "x", ["x", "x  "]],
  ["country", "de", ["de", "fr"], ["d", null]],
  ["loosely", "sad", ["sad", "sorry"]],
  ["list", "{1,2}", ["{1,2}", "[0:1]={1,2}"]],
  ["hstore", '"a"=>"1", "b"=>NULL', ['"a"=>NULL', '"a"=>"NULL"'], ["", null]],
  ["ltree", "Top.Science", ["Top.Science", "Top.science"], ["", null]],
  ["lquery", "Top.*{1,2}", ["Top.*{1,2}", "Top.*{1,3}"]],
  ["cube", "(1, 2)", ["(0)", "(-0)"]],
  ["seg", "1.50", ["1.5", "1.50"]],
  ["isbn13", "978-0-393-04002-9", ["978-0-393-04002-9", "978-1-56619-909-4"]],
];

const internals: readonly Listed[] = [
  ["oid", "1259", ["1", "4294967295"]],
  ["xid", "5", ["5", "6"]],
  ["cid", "5", ["5", "6"]],
  ["tid", "(1,2)", ["(1,2)", "(2,1)"]],
  ["xid8", "12345", ["1", "4294967297"]],
  ["pg_lsn", "16/B374D848", ["16/B374D848", "16/B374D849"]],
  ["pg_snapshot", "10:20:10,14,15", ["10:20:10,14,15", "10:20:10,14"]],
  ["txid_snapshot", "10:20:10", ["10:20:10", "10:21:10"]],
  ["aclitem", "postgres=r/postgres", ["postgres=r/postgres", "postgres=w/postgres"]],
  ["regclass", "pg_class", ["pg_class", "pg_proc"], ["public.kept", "pg_class"]],
  ["regtype", "public.mood", ["public.mood", "public.pair"], ["int4", "int8"]],
  ["regproc", "version", ["version", "pi"]],
  ["regprocedure", "upper(text)", ["upper(text)", "lower(text)"]],
  ["regoper", "||/", ["||/", "|/"]],
  ["regoperator", "+(integer,integer)", ["+(integer,integer)", "-(integer,integer)"]],
  ["regrole", "shop_owner", ["shop_owner", "shop_reader"]],
  ["regnamespace", "public", ["public", "pg_catalog"]],
  ["regcollation", "public.no_case", ["public.no_case", '"C"']],
  ["regconfig", "english", ["english", "simple"]],
  ["regdictionary", "english_stem", ["english_stem", "simple"]],
  ["information_schema.yes_or_no", "YES", ["YES", "NO"]],
  ["information_schema.cardinal_number", "1", ["1", "2"]],
  ["information_schema.sql_identifier", "a", ["a", "A"]],
  [
    "information_schema.time_stamp",
    "2024-01-01 00:00:00+00",
    ["2024-01-01 00:00:00+00", "2024-01-01 00:00:00+01"],
  ],
];

export const columnsOfTypes: readonly ColumnOfType[] = [
  numbers,
  texts,
  times,
  documents,
  addresses,
  shapes,
  ranges,
  arrays,
  made,
  internals,
]
  .flat()
  .map(([type, ordinary, ...pairs]) => ({ type, ordinary, pairs: [...pairs, [ordinary, null]] }));

/** Built-in types that no column of a user's has: they have no input, or are PostgreSQL's own books. */
export const typesOfNoColumn = [
  "gtsvector",
  "pg_brin_bloom_summary",
  "pg_brin_minmax_multi_summary",
  "pg_dependencies",
  "pg_mcv_list",
  "pg_ndistinct",
  "pg_node_tree",
] as const;
