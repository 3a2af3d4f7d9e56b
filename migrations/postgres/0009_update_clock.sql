-- The clock of update ids: the millisecond of the last ones that were made (docs/decisions/0001-update-ids.md). A sequence,
-- because it is not part of transactions: nobody waits for anybody, and what was given out is known before it is visible.
create sequence update_clock;

create function update_clock_tick() returns bigint language plpgsql as $$
declare
  last_at bigint;
  now_at bigint;
begin
  -- From here on the reader's bound sees that this transaction writes.
  perform pg_current_xact_id();
  now_at := floor(extract(epoch from clock_timestamp()) * 1000);
  select c.last_value into last_at from update_clock c;
  if now_at > last_at then
    perform setval('update_clock', now_at);
    return now_at;
  end if;
  return last_at;
end $$;

-- First the mark, then who is writing: whoever begins to write after that gives ids behind the mark. Who writes already
-- gives ids of his transaction's beginning on. Vacuum and the like write no rows of ours.
create function update_clock_bound() returns bigint language plpgsql as $$
declare
  mark bigint;
  oldest bigint;
begin
  mark := floor(extract(epoch from clock_timestamp()) * 1000);
  if mark > (select c.last_value from update_clock c) then
    perform setval('update_clock', mark);
  else
    mark := nextval('update_clock');
  end if;
  -- A transaction looks at this only once otherwise.
  perform pg_stat_clear_snapshot();
  select floor(extract(epoch from min(a.xact_start)) * 1000) - 1 into oldest from pg_stat_activity a
    where a.datname = current_database() and a.pid <> pg_backend_pid() and a.backend_type = 'client backend'
    and a.backend_xid is not null;
  return least(mark, oldest);
end $$;
