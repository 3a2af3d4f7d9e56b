-- Jobs that wait for companions are counted apart: who has many of them keeps his turns at the edge (docs/jobs.md). What nobody
-- does that was left to companions before has failed; counts are made anew.
update job set state = 'failed', runner = 'edge', runner_reason = null, last_error = 'edge workers died at it (memory or time limit)'
  where runner = 'companion' and state = 'waiting'
    and kind not in ('AssetGenerateThumbnails', 'AssetEditThumbnailGeneration', 'AssetEncodeVideo');
drop trigger job_count_of_insert;
drop trigger job_count_of_delete;
drop trigger job_count_of_update;

delete from job_count;
insert into job_count (owner_id, state, queue, total)
  select coalesce(j.owner_id, ''), case when j.state <> 'waiting' then j.state when j.turn is null then 'delayed'
    when j.runner = 'companion' then 'companion' else 'waiting' end, j.queue, count(*)
  from job j where j.state <> 'active' group by 1, 2, 3;

-- Waiting and failed jobs are counted, those that wait for companions apart.
create trigger job_count_of_insert after insert on job when new.state <> 'active'
begin
  insert into job_count (owner_id, state, queue, total)
    values (coalesce(new.owner_id, ''), iif(new.state <> 'waiting', new.state,
      iif(new.turn is null, 'delayed', iif(new.runner = 'companion', 'companion', 'waiting'))), new.queue, 1)
    on conflict (owner_id, state, queue) do update set total = total + 1;
end;

create trigger job_count_of_delete after delete on job when old.state <> 'active'
begin
  update job_count set total = total - 1 where owner_id = coalesce(old.owner_id, '') and queue = old.queue
    and state = iif(old.state <> 'waiting', old.state,
      iif(old.turn is null, 'delayed', iif(old.runner = 'companion', 'companion', 'waiting')));
end;

create trigger job_count_of_update after update of state, turn, runner on job
  when old.state <> new.state or (old.turn is null) <> (new.turn is null) or old.runner <> new.runner
begin
  update job_count set total = total - 1 where old.state <> 'active' and owner_id = coalesce(old.owner_id, '')
    and queue = old.queue and state = iif(old.state <> 'waiting', old.state,
      iif(old.turn is null, 'delayed', iif(old.runner = 'companion', 'companion', 'waiting')));
  insert into job_count (owner_id, state, queue, total)
    select coalesce(new.owner_id, ''), iif(new.state <> 'waiting', new.state,
      iif(new.turn is null, 'delayed', iif(new.runner = 'companion', 'companion', 'waiting'))), new.queue, 1
    where new.state <> 'active'
    on conflict (owner_id, state, queue) do update set total = total + 1;
end;
