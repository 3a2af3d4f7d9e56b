-- How many assets of one owner show in one month, those in the trash aside: the list of buckets reads this instead of a row
-- of an index for each asset. Triggers on asset keep it (below), and nothing else writes it.
create table asset_month (
  owner_id text not null references users (id) on delete cascade,
  visibility text not null,
  local_month integer not null, -- YYYYMM
  total bigint not null,
  primary key (owner_id, visibility, local_month)
);
-- Few assets are in a stack, and those that are not its primary asset do not count in a timeline withStacked.
create index asset_stacked_idx on asset (owner_id, visibility, local_month, stack_id, id, deleted_at)
  where stack_id is not null and deleted_at is null;

insert into asset_month (owner_id, visibility, local_month, total)
  select owner_id, visibility, local_month, count(*) from asset where deleted_at is null
  group by owner_id, visibility, local_month;

-- Whole statements are counted, in the order of the key, so that two of them never wait for each other.
create function asset_month_of_insert() returns trigger language plpgsql as $$
begin
  insert into asset_month as m (owner_id, visibility, local_month, total)
    select c.owner_id, c.visibility, c.local_month, sum(c.change) from (
      select owner_id, visibility, local_month, 1 as change from new_rows where deleted_at is null
    ) c
    group by c.owner_id, c.visibility, c.local_month having sum(c.change) <> 0
    order by c.owner_id, c.visibility, c.local_month
    on conflict (owner_id, visibility, local_month) do update set total = m.total + excluded.total;
  return null;
end $$;
create trigger asset_month_of_insert after insert on asset referencing new table as new_rows
  for each statement execute function asset_month_of_insert();

-- An account that goes takes its rows along.
create function asset_month_of_delete() returns trigger language plpgsql as $$
begin
  insert into asset_month as m (owner_id, visibility, local_month, total)
    select c.owner_id, c.visibility, c.local_month, sum(c.change) from (
      select owner_id, visibility, local_month, -1 as change from old_rows where deleted_at is null
    ) c
    where exists (select 1 from users u where u.id = c.owner_id)
    group by c.owner_id, c.visibility, c.local_month having sum(c.change) <> 0
    order by c.owner_id, c.visibility, c.local_month
    on conflict (owner_id, visibility, local_month) do update set total = m.total + excluded.total;
  return null;
end $$;
create trigger asset_month_of_delete after delete on asset referencing old table as old_rows
  for each statement execute function asset_month_of_delete();

create function asset_month_of_update() returns trigger language plpgsql as $$
begin
  insert into asset_month as m (owner_id, visibility, local_month, total)
    select c.owner_id, c.visibility, c.local_month, sum(c.change) from (
      select owner_id, visibility, local_month, 1 as change from new_rows where deleted_at is null
      union all
      select owner_id, visibility, local_month, -1 as change from old_rows where deleted_at is null
    ) c
    group by c.owner_id, c.visibility, c.local_month having sum(c.change) <> 0
    order by c.owner_id, c.visibility, c.local_month
    on conflict (owner_id, visibility, local_month) do update set total = m.total + excluded.total;
  return null;
end $$;
create trigger asset_month_of_update after update on asset referencing old table as old_rows new table as new_rows
  for each statement execute function asset_month_of_update();
