//! All SQL of immich-edge: one file per table family.
