-- What a bucket of the timeline shows of asset_exif, so that it need not be looked up for each asset. Triggers on asset_exif
-- keep these (below), and nothing else writes them.
alter table asset add column city text;
alter table asset add column country text;
alter table asset add column projection_type text;

update asset set (city, country, projection_type) =
  (select e.city, e.country, e.projection_type from asset_exif e where e.asset_id = asset.id)
  where id in (select e.asset_id from asset_exif e
    where e.city is not null or e.country is not null or e.projection_type is not null);

-- Places are copied to the asset, which the timeline shows.
create function asset_place() returns trigger language plpgsql as $$
begin
  update asset set city = new.city, country = new.country, projection_type = new.projection_type
    where id = new.asset_id;
  return null;
end $$;
create trigger asset_place_of_insert after insert on asset_exif for each row
  when (new.city is not null or new.country is not null or new.projection_type is not null)
  execute function asset_place();
create trigger asset_place_of_update after update of city, country, projection_type on asset_exif for each row
  when (new.city is distinct from old.city or new.country is distinct from old.country
    or new.projection_type is distinct from old.projection_type)
  execute function asset_place();
