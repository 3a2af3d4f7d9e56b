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

create trigger library_total_of_insert after insert on asset
  when new.library_id is not null
begin
  insert into library_total (library_id, type, is_hidden, total, bytes)
    values (new.library_id, new.type, new.visibility = 'hidden', 1, coalesce(new.file_size_in_byte, 0))
    on conflict (library_id, type, is_hidden) do update set total = total + 1, bytes = bytes + excluded.bytes;
end;

create trigger library_total_of_delete after delete on asset
  when old.library_id is not null
begin
  update library_total set total = total - 1, bytes = bytes - coalesce(old.file_size_in_byte, 0)
    where library_id = old.library_id and type = old.type and is_hidden = (old.visibility = 'hidden');
end;

create trigger library_total_of_update after update of type, visibility, library_id, file_size_in_byte on asset
  when (old.library_id is not null or new.library_id is not null) and (old.library_id is not new.library_id or old.type <> new.type
    or (old.visibility = 'hidden') <> (new.visibility = 'hidden') or old.file_size_in_byte is not new.file_size_in_byte)
begin
  update library_total set total = total - 1, bytes = bytes - coalesce(old.file_size_in_byte, 0)
    where library_id = old.library_id and type = old.type and is_hidden = (old.visibility = 'hidden');
  insert into library_total (library_id, type, is_hidden, total, bytes)
    select new.library_id, new.type, new.visibility = 'hidden', 1, coalesce(new.file_size_in_byte, 0) where new.library_id is not null
    on conflict (library_id, type, is_hidden) do update set total = total + 1, bytes = bytes + excluded.bytes;
end;
