-- How many assets of one kind an external library has, also in the trash, and how large their originals are. Triggers on asset keep it.
create table library_total (
  library_id text not null references library (id) on delete cascade,
  type text not null,
  is_hidden integer not null, -- 1: motion parts of live photos
  total bigint not null,
  bytes bigint not null,
  primary key (library_id, type, is_hidden)
);

insert into library_total (library_id, type, is_hidden, total, bytes)
  select a.library_id, a.type, case when a.visibility = 'hidden' then 1 else 0 end, count(*), sum(coalesce(a.file_size_in_byte, 0))
  from asset a where a.library_id is not null group by 1, 2, 3;

create function library_total_of_insert() returns trigger language plpgsql as $$
begin
  insert into library_total as m (library_id, type, is_hidden, total, bytes)
    select c.library_id, c.type, c.is_hidden, sum(c.total), sum(c.bytes) from (
      select r.library_id, r.type, case when r.visibility = 'hidden' then 1 else 0 end as is_hidden, 1 as total,
        coalesce(r.file_size_in_byte, 0) as bytes from new_rows r where r.library_id is not null
    ) c
    group by c.library_id, c.type, c.is_hidden having sum(c.total) <> 0 or sum(c.bytes) <> 0
    order by c.library_id, c.type, c.is_hidden
    on conflict (library_id, type, is_hidden) do update set total = m.total + excluded.total, bytes = m.bytes + excluded.bytes;
  return null;
end $$;
create trigger library_total_of_insert after insert on asset referencing new table as new_rows
  for each statement execute function library_total_of_insert();

-- A library that goes takes its rows along.
create function library_total_of_delete() returns trigger language plpgsql as $$
begin
  insert into library_total as m (library_id, type, is_hidden, total, bytes)
    select c.library_id, c.type, c.is_hidden, sum(c.total), sum(c.bytes) from (
      select r.library_id, r.type, case when r.visibility = 'hidden' then 1 else 0 end as is_hidden, -1 as total,
        -coalesce(r.file_size_in_byte, 0) as bytes from old_rows r where r.library_id is not null
    ) c
    where exists (select 1 from library l where l.id = c.library_id)
    group by c.library_id, c.type, c.is_hidden having sum(c.total) <> 0 or sum(c.bytes) <> 0
    order by c.library_id, c.type, c.is_hidden
    on conflict (library_id, type, is_hidden) do update set total = m.total + excluded.total, bytes = m.bytes + excluded.bytes;
  return null;
end $$;
create trigger library_total_of_delete after delete on asset referencing old table as old_rows
  for each statement execute function library_total_of_delete();

create function library_total_of_update() returns trigger language plpgsql as $$
begin
  insert into library_total as m (library_id, type, is_hidden, total, bytes)
    select c.library_id, c.type, c.is_hidden, sum(c.total), sum(c.bytes) from (
      select r.library_id, r.type, case when r.visibility = 'hidden' then 1 else 0 end as is_hidden, 1 as total,
        coalesce(r.file_size_in_byte, 0) as bytes from new_rows r where r.library_id is not null
      union all
      select r.library_id, r.type, case when r.visibility = 'hidden' then 1 else 0 end as is_hidden, -1 as total,
        -coalesce(r.file_size_in_byte, 0) as bytes from old_rows r where r.library_id is not null
    ) c
    group by c.library_id, c.type, c.is_hidden having sum(c.total) <> 0 or sum(c.bytes) <> 0
    order by c.library_id, c.type, c.is_hidden
    on conflict (library_id, type, is_hidden) do update set total = m.total + excluded.total, bytes = m.bytes + excluded.bytes;
  return null;
end $$;
create trigger library_total_of_update after update on asset referencing old table as old_rows new table as new_rows
  for each statement execute function library_total_of_update();
