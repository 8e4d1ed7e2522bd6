-- What PostgreSQL 17 takes and 15 does not.

create table t (id int generated always as identity, region varchar(4), wait interval, doc text check (doc is json object with unique keys), made json default json_object('a' : 1, 'b' : null absent on null), list jsonb default json_array(1, 2 returning jsonb),
  spans interval[], first text generated always as (json_value(doc::jsonb, '$.a' returning text default 'x' on empty)) stored, primary key (id, region)) partition by list (region);
create table t_eu partition of t for values in ('eu', 'us') ;
insert into t (region, wait, doc, spans) values ('eu', 'infinity', '{"a": 1}', '{infinity}'), ('us', '-infinity', '{}', '{-infinity,NULL}');
create view rows as select x.* from json_table('[{"a": 1}]', '$[*]' columns (a int path '$.a' default 0 on empty, nested path '$.b' columns (b text path '$'))) as x;
create view asked as select json_query(doc::jsonb, '$.a' with wrapper), json_exists(doc::jsonb, '$.a'), json_scalar(1), json_serialize(json('{}')), json_objectagg(id : doc) over () as o, system_user, random(1, 2), xmlserialize(content xml '<a/>' as text indent) as x, now() at local as l, merge_action is null as m from t, (select 1) as s(merge_action);
create function merged() returns setof int language sql begin atomic merge into t using (values (1)) as s(id) on t.id = s.id when matched then delete when not matched by source then do nothing returning t.id; end;
create table m (v text storage main compression pglz, n int);
