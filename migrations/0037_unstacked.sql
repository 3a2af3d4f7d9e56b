-- Who takes apart the stack of a burst is not contradicted by its next photo (docs/data-model.md).
alter table asset add column unstacked_at bigint;
