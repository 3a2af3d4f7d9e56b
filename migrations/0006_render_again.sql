-- Thumbnails used to be made with a green last row or column where a side was odd. A job, due at once, has them made again, a
-- thousand at a time. It adds nothing where there is no picture yet.
insert into job (id, queue, kind, payload, dedupe_key, run_after, created_at, updated_at)
  select '0006c0de-0000-4000-8000-000000000006', 'thumbnailGeneration', 'AssetGenerateThumbnailsQueueAll',
    '{"force":true,"only":"webp"}', 'render-again', 0, 0, 0
  where exists (select 1 from asset_file f where f.path like '%.webp');
