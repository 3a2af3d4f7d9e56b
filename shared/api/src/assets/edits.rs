//! Crop, rotate, mirror (api/assets.md section 12).

use serde::Serialize;

use crate::enums::{AssetEditAction, MirrorAxis};
use crate::id::{AssetId, EditId};
use crate::input::{Fields, Input, input, rule};

input! {
    /// `CropParameters`, in pixels of the oriented original.
    #[derive(Copy, Serialize)]
    pub struct Crop {
        /// Left edge.
        pub x: i64 = required("x", rule::integer().min(0)),
        /// Top edge.
        pub y: i64 = required("y", rule::integer().min(0)),
        /// Width.
        pub width: i64 = required("width", rule::integer().min(1)),
        /// Height.
        pub height: i64 = required("height", rule::integer().min(1)),
    }
}

input! {
    /// `RotateParameters`.
    #[derive(Copy, Serialize)]
    pub struct Rotate {
        /// Degrees clockwise: 0, 90, 180 or 270.
        pub angle: i64 = required("angle", rule::one_of(&[0, 90, 180, 270])),
    }
}

input! {
    /// `MirrorParameters`.
    #[derive(Copy, Serialize)]
    pub struct Mirror {
        /// Along which axis.
        pub axis: MirrorAxis = required("axis", rule::enum_of()),
    }
}

/// What one edit does: `AssetEditActionItemDto`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "action", content = "parameters", rename_all = "lowercase")]
pub enum AssetEdit {
    /// Keeps a rectangle.
    Crop(Crop),
    /// Turns.
    Rotate(Rotate),
    /// Flips.
    Mirror(Mirror),
}

impl Input for AssetEdit {
    fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let action = fields.required("action", rule::enum_of::<AssetEditAction>())?;
        match action {
            AssetEditAction::Crop => parameters(fields).map(Self::Crop),
            AssetEditAction::Rotate => parameters(fields).map(Self::Rotate),
            AssetEditAction::Mirror => parameters(fields).map(Self::Mirror),
        }
    }
}

fn parameters<T: Input>(fields: &mut Fields<'_>) -> Option<T> {
    fields.required("parameters", rule::object())
}

input! {
    /// `AssetEditsCreateDto`: at most one crop, one rotation, one mirror per axis.
    pub struct AssetEditsCreate {
        /// In the order they are applied.
        pub edits: Vec<AssetEdit> = required("edits", rule::array_of(rule::object()).min(1)),
    }
    check |value, fields| {
        let mut kinds: Vec<u8> = value.edits.iter().map(|edit| match edit {
            AssetEdit::Crop(_) => 0,
            AssetEdit::Rotate(_) => 1,
            AssetEdit::Mirror(mirror) if mirror.axis == MirrorAxis::Horizontal => 2,
            AssetEdit::Mirror(_) => 3,
        }).collect();
        kinds.sort_unstable();
        kinds.dedup();
        if kinds.len() < value.edits.len() {
            fields.refuse("edits", "Duplicate edit actions are not allowed");
        }
    }
}

/// `AssetEditActionItemResponseDto`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AssetEditResponse {
    /// The step.
    pub id: EditId,
    /// What it does.
    #[serde(flatten)]
    pub edit: AssetEdit,
}

/// `AssetEditsResponseDto`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AssetEditsResponse {
    /// The asset.
    pub asset_id: AssetId,
    /// In the order they are applied.
    pub edits: Vec<AssetEditResponse>,
}
