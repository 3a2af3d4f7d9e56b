-- Jobs that wait for companions are counted apart: who has many of them keeps his turns at the edge (docs/jobs.md). What nobody
-- does that was left to companions before has failed; counts are made anew.
update job set state = 'failed', runner = 'edge', runner_reason = null, last_error = 'edge workers died at it (memory or time limit)'
  where runner = 'companion' and state = 'waiting'
    and kind not in ('AssetGenerateThumbnails', 'AssetEditThumbnailGeneration', 'AssetEncodeVideo');

create or replace function job_count_of_insert() returns trigger language plpgsql as $$
begin
  insert into job_count as k (owner_id, state, queue, total)
    select c.owner_id, c.state, c.queue, sum(c.change) from (
      select coalesce(owner_id, '') as owner_id, case when state <> 'waiting' then state when turn is null then 'delayed'
        when runner = 'companion' then 'companion' else 'waiting' end as state,
        queue, 1 as change from new_rows where state <> 'active'
    ) c
    group by c.owner_id, c.state, c.queue having sum(c.change) <> 0
    order by c.owner_id, c.state, c.queue
    on conflict (owner_id, state, queue) do update set total = k.total + excluded.total;
  return null;
end $$;

create or replace function job_count_of_delete() returns trigger language plpgsql as $$
begin
  insert into job_count as k (owner_id, state, queue, total)
    select c.owner_id, c.state, c.queue, sum(c.change) from (
      select coalesce(owner_id, '') as owner_id, case when state <> 'waiting' then state when turn is null then 'delayed'
        when runner = 'companion' then 'companion' else 'waiting' end as state,
        queue, -1 as change from old_rows where state <> 'active'
    ) c
    group by c.owner_id, c.state, c.queue having sum(c.change) <> 0
    order by c.owner_id, c.state, c.queue
    on conflict (owner_id, state, queue) do update set total = k.total + excluded.total;
  return null;
end $$;

create or replace function job_count_of_update() returns trigger language plpgsql as $$
begin
  insert into job_count as k (owner_id, state, queue, total)
    select c.owner_id, c.state, c.queue, sum(c.change) from (
      select coalesce(owner_id, '') as owner_id, case when state <> 'waiting' then state when turn is null then 'delayed'
        when runner = 'companion' then 'companion' else 'waiting' end as state,
        queue, 1 as change from new_rows where state <> 'active'
      union all
      select coalesce(owner_id, '') as owner_id, case when state <> 'waiting' then state when turn is null then 'delayed'
        when runner = 'companion' then 'companion' else 'waiting' end as state,
        queue, -1 as change from old_rows where state <> 'active'
    ) c
    group by c.owner_id, c.state, c.queue having sum(c.change) <> 0
    order by c.owner_id, c.state, c.queue
    on conflict (owner_id, state, queue) do update set total = k.total + excluded.total;
  return null;
end $$;

delete from job_count;
insert into job_count (owner_id, state, queue, total)
  select coalesce(j.owner_id, ''), case when j.state <> 'waiting' then j.state when j.turn is null then 'delayed'
    when j.runner = 'companion' then 'companion' else 'waiting' end, j.queue, count(*)
  from job j where j.state <> 'active' group by 1, 2, 3;
