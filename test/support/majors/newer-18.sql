-- What PostgreSQL 18 takes and 17 does not.

create extension btree_gist;
create table v (
  id int primary key, a int not null no inherit, b text, constraint b_there not null b, wait interval,
  c int generated always as (id * 2) virtual, d text generated always as (upper(b)), check (a > 0) not enforced
);
insert into v (id, a, b, wait) values (1, 1, 'x', 'infinity'), (2, 2, 'y', '-infinity');
alter table v add constraint waits not null wait not valid;
create table temporal (id int, at daterange, v int, primary key (id, at without overlaps));
insert into temporal values (1, '[2024-01-01,2024-02-01)', 1), (1, '[2024-02-01,2024-03-01)', 2);
create table within (id int, at daterange, foreign key (id, period at) references temporal (id, period at));
create table stamped (id uuid default uuidv7() primary key, n text default casefold('A'), words text collate pg_unicode_fast);
create publication generated for table v with (publish_generated_columns = stored);
