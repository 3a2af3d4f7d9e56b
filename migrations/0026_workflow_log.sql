-- How runs of workflows ended, while their owner wants to know (docs/workflows.md). A workflow has a bounded number of places,
-- and the next entry takes the oldest one.
alter table workflow add column is_logging integer not null default 0 check (is_logging in (0, 1));
alter table workflow add column log_count bigint not null default 0; -- entries so far

create table workflow_log (
  workflow_id text not null references workflow (id) on delete cascade,
  place integer not null, -- log_count modulo the number of places
  id text not null,
  at bigint not null,
  result text not null check (result in ('completed', 'halted', 'error')),
  asset_id text, -- what the run was about; no reference: entries outlive it
  step_position integer, -- last step of a run that ended early, from 0
  step_method text,
  primary key (workflow_id, place)
);
create index workflow_log_page_idx on workflow_log (workflow_id, at, id);
create index workflow_log_at_idx on workflow_log (at);
