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

create trigger asset_month_of_insert after insert on asset when new.deleted_at is null
begin
  insert into asset_month (owner_id, visibility, local_month, total)
    values (new.owner_id, new.visibility, new.local_month, 1)
    on conflict (owner_id, visibility, local_month) do update set total = total + 1;
end;

create trigger asset_month_of_delete after delete on asset when old.deleted_at is null
begin
  update asset_month set total = total - 1
    where owner_id = old.owner_id and visibility = old.visibility and local_month = old.local_month;
end;

create trigger asset_month_of_update after update of visibility, local_month, deleted_at on asset
  when old.visibility <> new.visibility or old.local_month <> new.local_month
    or (old.deleted_at is null) <> (new.deleted_at is null)
begin
  update asset_month set total = total - 1
    where old.deleted_at is null and owner_id = old.owner_id and visibility = old.visibility
      and local_month = old.local_month;
  insert into asset_month (owner_id, visibility, local_month, total)
    select new.owner_id, new.visibility, new.local_month, 1 where new.deleted_at is null
    on conflict (owner_id, visibility, local_month) do update set total = total + 1;
end;
