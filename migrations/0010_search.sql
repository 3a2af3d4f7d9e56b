-- What searching needs (docs/decisions/0017-search.md): indexes by city, size and folder, and the words of texts.
alter table asset add column words text; -- JSON array of the words of file_name_folded
alter table asset_exif add column words text; -- JSON array of the words of description_folded

drop index asset_exif_city_idx;
create index asset_city_idx on asset (owner_id, city, file_created_at, id) where city is not null;
create index asset_size_idx on asset (owner_id, file_size_in_byte, id);
create index asset_folder_idx on asset (owner_id, rtrim(original_path, replace(original_path, '/', '')))
  where deleted_at is null and visibility = 'timeline';

-- Words of names and descriptions, by which parts of them are found (docs/decisions/0017-search.md). Who has none written
-- has to be looked at whatever is looked for.
create table asset_word (
  owner_id text not null references users (id) on delete cascade,
  word text not null,
  source text not null, -- name or text (the description)
  asset_id text not null,
  primary key (owner_id, word, source, asset_id)
) without rowid;

-- The ends of each word that an owner has or had: a word has a part where one of its ends begins with it.
create table word_part (
  owner_id text not null references users (id) on delete cascade,
  part text not null,
  word text not null,
  primary key (owner_id, part, word)
) without rowid;

create trigger asset_word_of_insert after insert on asset
begin
  insert into asset_word (owner_id, word, source, asset_id)
    select new.owner_id, w.value, 'name', new.id from json_each(coalesce(new.words, '["*"]')) w where true on conflict do nothing;
  insert into word_part (owner_id, part, word)
    select new.owner_id, substr(w.value, p.value), w.value
    from json_each(coalesce(new.words, '["*"]')) w cross join json_each('[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40,41]') p where p.value <= length(w.value)
      and not exists (select 1 from word_part k where k.owner_id = new.owner_id and k.part = w.value and k.word = w.value)
    on conflict do nothing;
end;

create trigger asset_word_of_delete after delete on asset
begin
  delete from asset_word where owner_id = old.owner_id and source = 'name' and asset_id = old.id
    and word in (select w.value from json_each(coalesce(old.words, '["*"]')) w);
end;

create trigger asset_word_of_text after insert on asset_exif
  when new.description_folded <> ''
begin
  insert into asset_word (owner_id, word, source, asset_id)
    select new.owner_id, w.value, 'text', new.asset_id from json_each(coalesce(new.words, '["*"]')) w where true on conflict do nothing;
  insert into word_part (owner_id, part, word)
    select new.owner_id, substr(w.value, p.value), w.value
    from json_each(coalesce(new.words, '["*"]')) w cross join json_each('[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40,41]') p where p.value <= length(w.value)
      and not exists (select 1 from word_part k where k.owner_id = new.owner_id and k.part = w.value and k.word = w.value)
    on conflict do nothing;
end;

create trigger asset_word_of_change after update of description_folded, words on asset_exif
  when new.description_folded <> old.description_folded or new.words is not old.words
begin
  delete from asset_word where owner_id = old.owner_id and source = 'text' and asset_id = old.asset_id
    and word in (select w.value from json_each(coalesce(old.words, '["*"]')) w)
    and (new.description_folded = '' or word not in (select w.value from json_each(coalesce(new.words, '["*"]')) w));
  insert into asset_word (owner_id, word, source, asset_id)
    select new.owner_id, w.value, 'text', new.asset_id from json_each(coalesce(new.words, '["*"]')) w
    where new.description_folded <> '' on conflict do nothing;
  insert into word_part (owner_id, part, word)
    select new.owner_id, substr(w.value, p.value), w.value
    from json_each(coalesce(new.words, '["*"]')) w cross join json_each('[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40,41]') p
    where new.description_folded <> '' and p.value <= length(w.value)
      and not exists (select 1 from word_part k where k.owner_id = new.owner_id and k.part = w.value and k.word = w.value)
    on conflict do nothing;
end;

create trigger asset_word_of_text_delete after delete on asset_exif
  when old.description_folded <> ''
begin
  delete from asset_word where owner_id = old.owner_id and source = 'text' and asset_id = old.asset_id
    and word in (select w.value from json_each(coalesce(old.words, '["*"]')) w);
end;

-- What is there already has no words until its metadata is read again: it is looked at whatever is looked for.
insert into asset_word (owner_id, word, source, asset_id) select a.owner_id, '*', 'name', a.id from asset a;
insert into asset_word (owner_id, word, source, asset_id)
  select e.owner_id, '*', 'text', e.asset_id from asset_exif e where e.description_folded <> '';
