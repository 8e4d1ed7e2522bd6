/** Tables whose columns are of composite types, in all ways. Fixture only. */

/** A type in columns, arrays, a domain and another type, and the row type of a table. */
export const composites = `
  create type comp as (x int, y text); create type outer_comp as (c comp[]); create domain held_comp as comp;
  create table rows_of (x int, y text);
  create table ct (id int primary key, c comp); create table ca (id int primary key, c comp[]);
  create table co (id int primary key, c outer_comp); create table cd (id int primary key, c held_comp);
  create table cr (id int primary key, c rows_of); create table plain (id int primary key);
  insert into ct select i, row(i, 'a')::comp from generate_series(1, 20) i;
  insert into ca select i, array[row(i, 'a')::comp] from generate_series(1, 20) i;
  insert into co select i, row(array[row(i, 'a')::comp])::outer_comp from generate_series(1, 20) i;
  insert into cd select i, row(i, 'a')::comp from generate_series(1, 20) i;
  insert into cr select i, row(i, 'a')::rows_of from generate_series(1, 20) i;
  insert into plain select generate_series(1, 20)`;

/** Those of them that are not `plain` nor the empty one whose rows they have. */
export const withComposites = ["ca", "cd", "co", "cr", "ct"];

export const attributesMadeAnew = `alter type comp drop attribute y cascade; alter type comp add attribute y text cascade;
  alter table rows_of drop y; alter table rows_of add y text`;

export const attributesAdded = "alter type comp add attribute z int; alter table rows_of add z int";
