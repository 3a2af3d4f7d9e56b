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
create trigger asset_face_of_insert after insert on asset_face
  when new.is_visible = 1 and new.deleted_at is null
begin
  update asset_face set is_shown = 1 where id = new.id
    and exists (select 1 from asset a where a.id = new.asset_id and a.visibility = 'timeline' and a.deleted_at is null);
end;

create trigger asset_face_of_update after update of is_visible, deleted_at on asset_face
  when new.is_visible <> old.is_visible or (new.deleted_at is null) <> (old.deleted_at is null)
begin
  update asset_face set is_shown = (new.is_visible = 1 and new.deleted_at is null and exists (select 1 from asset a
    where a.id = new.asset_id and a.visibility = 'timeline' and a.deleted_at is null)) where id = new.id;
end;

create trigger asset_face_of_asset after update of visibility, deleted_at on asset
  when (old.visibility = 'timeline' and old.deleted_at is null) <> (new.visibility = 'timeline' and new.deleted_at is null)
begin
  update asset_face set is_shown = (is_visible = 1 and deleted_at is null and new.visibility = 'timeline'
    and new.deleted_at is null) where asset_id = new.id;
end;

create trigger person_count_of_update after update of is_shown, person_id on asset_face
  when old.is_shown <> new.is_shown or old.person_id is not new.person_id
begin
  update person set face_count = face_count - 1 where id = old.person_id and old.is_shown = 1;
  update person set face_count = face_count + 1 where id = new.person_id and new.is_shown = 1;
end;

create trigger person_count_of_delete after delete on asset_face
  when old.is_shown = 1 and old.person_id is not null
begin
  update person set face_count = face_count - 1 where id = old.person_id;
end;
