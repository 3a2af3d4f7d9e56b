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
  word text collate "C" not null,
  source text not null, -- name or text (the description)
  asset_id text not null,
  primary key (owner_id, word, source, asset_id)
);

-- The ends of each word that an owner has or had: a word has a part where one of its ends begins with it.
create table word_part (
  owner_id text not null references users (id) on delete cascade,
  part text collate "C" not null,
  word text collate "C" not null,
  primary key (owner_id, part, word)
);

create function add_asset_words(owner text, words text, of_source text, of_asset text) returns void language plpgsql as $$
begin
  insert into asset_word (owner_id, word, source, asset_id)
    select owner, w.value, of_source, of_asset from json_array_elements_text(coalesce(words, '["*"]')::json) w(value)
    order by w.value on conflict do nothing;
  insert into word_part (owner_id, part, word)
    select owner, substr(w.value, p.at), w.value from json_array_elements_text(coalesce(words, '["*"]')::json) w(value)
    cross join lateral generate_series(1, length(w.value)) p(at)
    where not exists (select 1 from word_part k where k.owner_id = owner and k.part = w.value and k.word = w.value)
    order by 2, 3 on conflict do nothing;
end $$;

create function drop_asset_words(owner text, words text, of_source text, of_asset text) returns void language plpgsql as $$
begin
  delete from asset_word where owner_id = owner and source = of_source and asset_id = of_asset
    and word in (select w.value from json_array_elements_text(coalesce(words, '["*"]')::json) w(value));
end $$;

create function asset_word_of_insert() returns trigger language plpgsql as $$
begin
  perform add_asset_words(new.owner_id, new.words, 'name', new.id);
  return null;
end $$;
create trigger asset_word_of_insert after insert on asset for each row execute function asset_word_of_insert();

create function asset_word_of_delete() returns trigger language plpgsql as $$
begin
  perform drop_asset_words(old.owner_id, old.words, 'name', old.id);
  return null;
end $$;
create trigger asset_word_of_delete after delete on asset for each row execute function asset_word_of_delete();

create function asset_word_of_text() returns trigger language plpgsql as $$
begin
  perform add_asset_words(new.owner_id, new.words, 'text', new.asset_id);
  return null;
end $$;
create trigger asset_word_of_text after insert on asset_exif for each row
  when (new.description_folded <> '') execute function asset_word_of_text();

create function asset_word_of_change() returns trigger language plpgsql as $$
begin
  perform drop_asset_words(old.owner_id, old.words, 'text', old.asset_id);
  if new.description_folded <> '' then
    perform add_asset_words(new.owner_id, new.words, 'text', new.asset_id);
  end if;
  return null;
end $$;
create trigger asset_word_of_change after update of description_folded, words on asset_exif for each row
  when (new.description_folded <> old.description_folded or new.words is distinct from old.words)
  execute function asset_word_of_change();

create function asset_word_of_text_delete() returns trigger language plpgsql as $$
begin
  perform drop_asset_words(old.owner_id, old.words, 'text', old.asset_id);
  return null;
end $$;
create trigger asset_word_of_text_delete after delete on asset_exif for each row
  when (old.description_folded <> '') execute function asset_word_of_text_delete();

-- What is there already has no words until its metadata is read again: it is looked at whatever is looked for.
insert into asset_word (owner_id, word, source, asset_id) select a.owner_id, '*', 'name', a.id from asset a;
insert into asset_word (owner_id, word, source, asset_id)
  select e.owner_id, '*', 'text', e.asset_id from asset_exif e where e.description_folded <> '';
