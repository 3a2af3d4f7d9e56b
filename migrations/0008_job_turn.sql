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
create trigger job_count_of_insert after insert on job when new.state <> 'active'
begin
  insert into job_count (owner_id, state, queue, total)
    values (coalesce(new.owner_id, ''), iif(new.state = 'waiting' and new.turn is null, 'delayed', new.state), new.queue, 1)
    on conflict (owner_id, state, queue) do update set total = total + 1;
end;

create trigger job_count_of_delete after delete on job when old.state <> 'active'
begin
  update job_count set total = total - 1 where owner_id = coalesce(old.owner_id, '') and queue = old.queue
    and state = iif(old.state = 'waiting' and old.turn is null, 'delayed', old.state);
end;

create trigger job_count_of_update after update of state, turn on job
  when old.state <> new.state or (old.turn is null) <> (new.turn is null)
begin
  update job_count set total = total - 1 where old.state <> 'active' and owner_id = coalesce(old.owner_id, '')
    and queue = old.queue and state = iif(old.state = 'waiting' and old.turn is null, 'delayed', old.state);
  insert into job_count (owner_id, state, queue, total)
    select coalesce(new.owner_id, ''), iif(new.state = 'waiting' and new.turn is null, 'delayed', new.state), new.queue, 1
    where new.state <> 'active'
    on conflict (owner_id, state, queue) do update set total = total + 1;
end;
