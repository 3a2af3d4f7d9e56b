//! What the server says of itself.

use edge_api::{
    id::UserId,
    server::{
        ServerAbout, ServerApkLinks, ServerFeatures, ServerStats, ServerVersion, UsageByUser,
    },
};
use edge_platform::Variables;
use edge_store::statistics::Usage;

/// Bytes that a bucket is said to hold. Object stores have no size; clients want one for their bar: 1 PiB.
pub const CAPACITY: i64 = 1 << 50;

/// Release page of the version whose API this is.
fn release(version: ServerVersion) -> String {
    format!("https://github.com/immich-app/immich/releases/tag/v{version}")
}

/// Version and build: what the installation's variables `immich_…` say (api/admin.md, "about").
pub async fn about(
    variables: &dyn Variables,
    version: ServerVersion,
    licensed: bool,
) -> ServerAbout {
    let told = async |name: &str| variables.get(&format!("immich_{name}")).await;
    ServerAbout {
        version: format!("v{version}"),
        version_url: release(version),
        licensed,
        build: told("build").await,
        build_url: told("build_url").await,
        build_image: told("build_image").await,
        build_image_url: told("build_image_url").await,
        repository: told("repository").await,
        repository_url: told("repository_url").await,
        source_ref: told("source_ref").await,
        source_commit: told("source_commit").await,
        source_url: told("source_url").await,
        third_party_source_url: told("third_party_source_url").await,
        third_party_bug_feature_url: told("third_party_bug_feature_url").await,
        third_party_documentation_url: told("third_party_documentation_url").await,
        third_party_support_url: told("third_party_support_url").await,
        ffmpeg: None,
    }
}

/// Where the app of the same version can be had.
pub fn apk_links(version: ServerVersion) -> ServerApkLinks {
    let base = release(version).replace("/tag/", "/download/");
    let link = |kind: &str| format!("{base}/app-{kind}release.apk");
    ServerApkLinks {
        arm64v8a: link("arm64-v8a-"),
        armeabiv7a: link("armeabi-v7a-"),
        universal: link(""),
        x86_64: link("x86_64-"),
    }
}

/// What this server has besides what is configured.
#[derive(Debug, Clone, Copy)]
pub struct There {
    /// A companion that transcodes live.
    pub streams: bool,
    /// Models that are installed.
    pub models: Models,
}

/// Models that are installed, by what they are for.
#[derive(Debug, Clone, Copy)]
pub struct Models {
    /// Finding faces.
    pub faces: bool,
    /// Searches by meaning.
    pub clip: bool,
    /// Reading text.
    pub text: bool,
}

/// Switches off what is configured but not built: clients hide what is reported as missing, and show
/// errors for what is reported but missing (docs/api-coverage.md).
pub fn built(configured: ServerFeatures, there: There) -> ServerFeatures {
    ServerFeatures {
        smart_search: configured.smart_search && there.models.clip,
        facial_recognition: configured.facial_recognition && there.models.faces,
        ocr: configured.ocr && there.models.text,
        realtime_transcoding: configured.realtime_transcoding && there.streams,
        ..configured
    }
}

/// Sums over all users.
pub fn stats(usage: Vec<Usage>) -> ServerStats {
    let mut stats = ServerStats::default();
    for row in usage {
        let bytes = row.usage_photos + row.usage_videos;
        stats.photos += row.photos;
        stats.videos += row.videos;
        stats.usage += bytes;
        stats.usage_photos += row.usage_photos;
        stats.usage_videos += row.usage_videos;
        stats.usage_by_user.push(UsageByUser {
            user_id: UserId::from_trusted(row.user_id),
            user_name: row.user_name,
            photos: row.photos,
            videos: row.videos,
            usage: bytes,
            usage_photos: row.usage_photos,
            usage_videos: row.usage_videos,
            quota_size_in_bytes: row.quota_size_in_bytes,
        });
    }
    stats
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_name_the_version_of_the_api() {
        for (variable, version) in [
            (None, "3.2.2"),
            (Some("3.1.0"), "3.1.0"),
            (Some("9"), "3.2.2"),
        ] {
            let links = apk_links(ServerVersion::configured(variable));
            let end = format!("/download/v{version}/app-release.apk");
            assert!(links.universal.ends_with(&end), "{variable:?}");
        }
    }
}
