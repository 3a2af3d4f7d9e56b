-- Text in pictures: lines in reading order, and their words, by which parts of the text are found (docs/ocr.md).
alter table asset_ocr add column position integer not null default 0; -- among the lines of the image, in reading order
alter table ocr_search add column words text; -- JSON array of the words of the text

create trigger asset_word_of_ocr after insert on ocr_search
begin
  insert into asset_word (owner_id, word, source, asset_id)
    select new.owner_id, w.value, 'ocr', new.asset_id from json_each(coalesce(new.words, '["*"]')) w where true on conflict do nothing;
  insert into word_part (owner_id, part, word)
    select new.owner_id, substr(w.value, p.value), w.value
    from json_each(coalesce(new.words, '["*"]')) w cross join json_each('[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40,41]') p where p.value <= length(w.value)
      and not exists (select 1 from word_part k where k.owner_id = new.owner_id and k.part = w.value and k.word = w.value)
    on conflict do nothing;
end;

create trigger asset_word_of_ocr_delete after delete on ocr_search
begin
  delete from asset_word where owner_id = old.owner_id and source = 'ocr' and asset_id = old.asset_id
    and word in (select w.value from json_each(coalesce(old.words, '["*"]')) w);
end;

-- What is there already has to be looked at whatever is looked for.
insert into asset_word (owner_id, word, source, asset_id) select o.owner_id, '*', 'ocr', o.asset_id from ocr_search o;
