-- An object that is being deleted is not written anew meanwhile (docs/data-model.md, "Objects never leak").
alter table object_deletion add column taken_until bigint;
create index object_deletion_due_idx on object_deletion (run_after, object_key);
-- A damaged photo is shown as far as it goes, and administrators are told (docs/jobs.md).
alter table asset_job_status add column thumbnails_warning text;
create index asset_job_status_warning_idx on asset_job_status (thumbnails_generated_at) where thumbnails_warning is not null;
-- Paths of libraries are searched whatever their case and accents; scans fill it in.
alter table asset add column path_folded text;
