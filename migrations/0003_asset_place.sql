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
create trigger asset_place_of_insert after insert on asset_exif
  when new.city is not null or new.country is not null or new.projection_type is not null
begin
  update asset set city = new.city, country = new.country, projection_type = new.projection_type
    where id = new.asset_id;
end;

create trigger asset_place_of_update after update of city, country, projection_type on asset_exif
  when new.city is not old.city or new.country is not old.country or new.projection_type is not old.projection_type
begin
  update asset set city = new.city, country = new.country, projection_type = new.projection_type
    where id = new.asset_id;
end;
