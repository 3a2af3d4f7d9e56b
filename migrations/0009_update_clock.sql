-- The clock of update ids: the millisecond of the last batch that made any. It never goes back
-- (docs/decisions/0001-update-ids.md). One row.
create table update_clock (
  id integer not null primary key check (id = 1),
  at bigint not null
);
