-- People: which faces are shown and how many a person has, kept by triggers (docs/decisions/0013-kept-counts.md), so that a page
-- of people costs the same however many photos they are on. And what pictures look like, for finding copies.
alter table person add column face_count integer not null default 0;
alter table asset_face add column is_shown integer not null default 0;

update asset_face set is_shown = 1 where is_visible = 1 and deleted_at is null and exists (select 1 from asset a
  where a.id = asset_face.asset_id and a.visibility = 'timeline' and a.deleted_at is null);
update person set face_count = (select count(*) from asset_face f where f.person_id = person.id and f.is_shown = 1);

-- Pages of people, and how many there are.
create index person_page_idx on person (owner_id, is_hidden, is_favorite desc, (case when name = '' then 1 else 0 end),
  face_count desc, name_folded, created_at, id);
create index person_name_idx on person (owner_id, name);
create index asset_face_shown_idx on asset_face (person_id, asset_id) where is_shown = 1;

-- What a picture looks like, for finding copies: 128 bits, of which copies have all or nearly all in common, so that at
-- least one of the four parts is the same.
create table asset_look (
  asset_id text not null primary key references asset (id) on delete cascade,
  owner_id text not null,
  part_1 bigint not null, -- 32 bits each
  part_2 bigint not null,
  part_3 bigint not null,
  part_4 bigint not null
);
create index asset_look_1_idx on asset_look (owner_id, part_1);
create index asset_look_2_idx on asset_look (owner_id, part_2);
create index asset_look_3_idx on asset_look (owner_id, part_3);
create index asset_look_4_idx on asset_look (owner_id, part_4);

-- Which faces are shown, and how many a person has.
create function asset_face_shown() returns trigger language plpgsql as $$
begin
  new.is_shown := case when new.is_visible = 1 and new.deleted_at is null and exists (select 1 from asset a
    where a.id = new.asset_id and a.visibility = 'timeline' and a.deleted_at is null) then 1 else 0 end;
  return new;
end $$;
create trigger asset_face_of_insert before insert on asset_face for each row execute function asset_face_shown();
create trigger asset_face_of_update before update of is_visible, deleted_at on asset_face for each row
  when (new.is_visible <> old.is_visible or (new.deleted_at is null) <> (old.deleted_at is null))
  execute function asset_face_shown();

create function asset_face_of_asset() returns trigger language plpgsql as $$
declare
  changed text[];
begin
  select array_agg(n.id) into changed from new_rows n join old_rows o on o.id = n.id
    where (o.visibility = 'timeline' and o.deleted_at is null) <> (n.visibility = 'timeline' and n.deleted_at is null);
  if changed is not null then
    update asset_face f set is_shown = case when f.is_visible = 1 and f.deleted_at is null and a.visibility = 'timeline'
        and a.deleted_at is null then 1 else 0 end
      from asset a where f.asset_id = any(changed) and a.id = f.asset_id;
  end if;
  return null;
end $$;
create trigger asset_face_of_asset after update on asset referencing old table as old_rows new table as new_rows
  for each statement execute function asset_face_of_asset();

-- People are taken in the order of their ids, so that two batches never wait for each other.
create function person_count_of_insert() returns trigger language plpgsql as $$
declare
  changed record;
begin
  for changed in
    select r.person_id, count(*) as total from new_rows r where r.is_shown = 1 and r.person_id is not null
      group by r.person_id order by r.person_id
  loop
    update person set face_count = face_count + changed.total where id = changed.person_id;
  end loop;
  return null;
end $$;
create trigger person_count_of_insert after insert on asset_face referencing new table as new_rows
  for each statement execute function person_count_of_insert();

create function person_count_of_update() returns trigger language plpgsql as $$
declare
  changed record;
begin
  for changed in
    select c.person_id, sum(c.total) as total from (
      select r.person_id, 1 as total from new_rows r where r.is_shown = 1 and r.person_id is not null
      union all
      select r.person_id, -1 as total from old_rows r where r.is_shown = 1 and r.person_id is not null
    ) c group by c.person_id having sum(c.total) <> 0 order by c.person_id
  loop
    update person set face_count = face_count + changed.total where id = changed.person_id;
  end loop;
  return null;
end $$;
create trigger person_count_of_update after update on asset_face referencing old table as old_rows new table as new_rows
  for each statement execute function person_count_of_update();

create function person_count_of_delete() returns trigger language plpgsql as $$
declare
  changed record;
begin
  for changed in
    select r.person_id, count(*) as total from old_rows r where r.is_shown = 1 and r.person_id is not null
      group by r.person_id order by r.person_id
  loop
    update person set face_count = face_count - changed.total where id = changed.person_id;
  end loop;
  return null;
end $$;
create trigger person_count_of_delete after delete on asset_face referencing old table as old_rows
  for each statement execute function person_count_of_delete();
