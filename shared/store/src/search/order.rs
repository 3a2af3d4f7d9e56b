//! What pages are ordered by (api/v32.md section 7).

use edge_api::{
    enums::{AssetOrder, SearchOrderField},
    search::SearchOrder,
};

/// How an order is written.
pub(super) trait Written {
    /// The column, of `asset {asset}` or `asset_exif {exif}`.
    fn key(&self, asset: &str, exif: &str) -> String;
    /// Which way.
    fn direction(&self) -> &'static str;
    /// Whether the column is one of `asset_exif`.
    fn reads_exif(&self) -> bool;
    /// Whether it is the time of capture.
    fn is_of_capture(&self) -> bool;
}

impl Written for SearchOrder {
    fn key(&self, asset: &str, exif: &str) -> String {
        // What is not rated comes last, either way.
        let last = match self.direction {
            AssetOrder::Asc => 100,
            AssetOrder::Desc => -100,
        };
        match self.field {
            SearchOrderField::FileCreatedAt => format!("{asset}.file_created_at"),
            SearchOrderField::LocalDateTime => format!("{asset}.local_date_time"),
            SearchOrderField::FileSizeInBytes => format!("{asset}.file_size_in_byte"),
            SearchOrderField::Rating => format!("coalesce({exif}.rating, {last})"),
        }
    }

    fn direction(&self) -> &'static str {
        match self.direction {
            AssetOrder::Asc => "asc",
            AssetOrder::Desc => "desc",
        }
    }

    fn reads_exif(&self) -> bool {
        self.field == SearchOrderField::Rating
    }

    fn is_of_capture(&self) -> bool {
        self.field == SearchOrderField::FileCreatedAt
    }
}
