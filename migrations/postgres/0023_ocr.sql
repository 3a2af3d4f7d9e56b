-- Text in pictures: lines in reading order, and their words, by which parts of the text are found (docs/ocr.md).
alter table asset_ocr add column position integer not null default 0; -- among the lines of the image, in reading order
alter table ocr_search add column words text; -- JSON array of the words of the text

create function asset_word_of_ocr() returns trigger language plpgsql as $$
begin
  perform add_asset_words(new.owner_id, new.words, 'ocr', new.asset_id);
  return null;
end $$;
create trigger asset_word_of_ocr after insert on ocr_search for each row execute function asset_word_of_ocr();

create function asset_word_of_ocr_delete() returns trigger language plpgsql as $$
begin
  perform drop_asset_words(old.owner_id, old.words, 'ocr', old.asset_id);
  return null;
end $$;
create trigger asset_word_of_ocr_delete after delete on ocr_search for each row execute function asset_word_of_ocr_delete();

-- What is there already has to be looked at whatever is looked for.
insert into asset_word (owner_id, word, source, asset_id) select o.owner_id, '*', 'ocr', o.asset_id from ocr_search o;
