-- Owners take turns, and what waits is counted: with half a million jobs in the table each claim, sweep and count reads few rows
-- (docs/jobs.md). Jobs that wait already have no owner and no turn. They are given turns one after the other, as those
-- that were delayed.
alter table job add column owner_id text;
alter table job add column turn bigint;
drop index job_claim_idx;
create index job_turn_idx on job (queue, runner, priority, turn) where state = 'waiting' and turn is not null;
create index job_later_idx on job (queue, run_after) where state = 'waiting' and turn is null;
create index job_failed_idx on job (queue, created_at) where state = 'failed';

-- How many jobs of an owner wait or have failed, kept by triggers on job, and nothing else writes it. Active jobs are as
-- many as there are workers and are counted themselves.
create table job_count (
  owner_id text not null, -- empty for jobs of the server itself
  state text not null, -- waiting, delayed (waiting without a turn), failed
  queue text not null, -- QueueName
  total integer not null,
  primary key (owner_id, state, queue)
);
insert into job_count (owner_id, state, queue, total)
  select '', case when state = 'waiting' then 'delayed' else state end, queue, count(*) from job
  where state <> 'active' group by queue, state;

-- What is to be purged is found without looking through the trash.
create index asset_trashed_idx on asset (deleted_at) where deleted_at is not null;
create index asset_purge_idx on asset (owner_id, id) where status = 'deleted';

-- Waiting and failed jobs are counted.
create function job_count_of_insert() returns trigger language plpgsql as $$
begin
  insert into job_count as k (owner_id, state, queue, total)
    select c.owner_id, c.state, c.queue, sum(c.change) from (
      select coalesce(owner_id, '') as owner_id, case when state = 'waiting' and turn is null then 'delayed' else state end as state,
        queue, 1 as change from new_rows where state <> 'active'
    ) c
    group by c.owner_id, c.state, c.queue having sum(c.change) <> 0
    order by c.owner_id, c.state, c.queue
    on conflict (owner_id, state, queue) do update set total = k.total + excluded.total;
  return null;
end $$;
create trigger job_count_of_insert after insert on job referencing new table as new_rows
  for each statement execute function job_count_of_insert();

create function job_count_of_delete() returns trigger language plpgsql as $$
begin
  insert into job_count as k (owner_id, state, queue, total)
    select c.owner_id, c.state, c.queue, sum(c.change) from (
      select coalesce(owner_id, '') as owner_id, case when state = 'waiting' and turn is null then 'delayed' else state end as state,
        queue, -1 as change from old_rows where state <> 'active'
    ) c
    group by c.owner_id, c.state, c.queue having sum(c.change) <> 0
    order by c.owner_id, c.state, c.queue
    on conflict (owner_id, state, queue) do update set total = k.total + excluded.total;
  return null;
end $$;
create trigger job_count_of_delete after delete on job referencing old table as old_rows
  for each statement execute function job_count_of_delete();

create function job_count_of_update() returns trigger language plpgsql as $$
begin
  insert into job_count as k (owner_id, state, queue, total)
    select c.owner_id, c.state, c.queue, sum(c.change) from (
      select coalesce(owner_id, '') as owner_id, case when state = 'waiting' and turn is null then 'delayed' else state end as state,
        queue, 1 as change from new_rows where state <> 'active'
      union all
      select coalesce(owner_id, '') as owner_id, case when state = 'waiting' and turn is null then 'delayed' else state end as state,
        queue, -1 as change from old_rows where state <> 'active'
    ) c
    group by c.owner_id, c.state, c.queue having sum(c.change) <> 0
    order by c.owner_id, c.state, c.queue
    on conflict (owner_id, state, queue) do update set total = k.total + excluded.total;
  return null;
end $$;
create trigger job_count_of_update after update on job referencing old table as old_rows new table as new_rows
  for each statement execute function job_count_of_update();
