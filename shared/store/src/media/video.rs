//! Facts of a video that ffprobe told a companion: table `asset_video`, and the columns of the API that follow from them
//! (api/assets.md section 9: what the probe says beats what was read of the file).

use edge_platform::{Statement, stmt};
use edge_protocol::stream::Timing;

/// What a video is.
#[derive(Debug, Clone, PartialEq)]
pub struct Video<'a> {
    /// Names of the container's format.
    pub container: &'a str,
    /// Codec of the pictures.
    pub video_codec: &'a str,
    /// Codec of the sound.
    pub audio_codec: Option<&'a str>,
    /// Pixels as stored.
    pub size: (u32, u32),
    /// Pixels as shown.
    pub upright: (u32, u32),
    /// Degrees.
    pub rotation: i32,
    /// EXIF's number for the rotation.
    pub orientation: u8,
    /// Frames a second.
    pub fps: Option<f64>,
    /// Length, ms.
    pub duration_ms: Option<i64>,
    /// Bits a second.
    pub bit_rate: Option<i64>,
    /// Such as `yuv420p`.
    pub pixel_format: Option<&'a str>,
    /// Primaries, transfer, matrix.
    pub color: [Option<&'a str>; 3],
    /// When its packets come; `None` leaves what is known.
    pub timing: Option<Timing>,
}

/// Statements that store the facts of an asset's video. `now` in epoch ms.
pub fn store(asset_id: &str, video: &Video<'_>, now: i64) -> Vec<Statement> {
    vec![
        super::hold(asset_id),
        facts(asset_id, video, now),
        stmt!(
            "update asset_exif set fps = coalesce(?2, fps), exif_image_width = ?3, exif_image_height = ?4, orientation = ?5, \
             updated_at = ?6, update_id = uuid7() where asset_id = ?1 and {held}",
            asset_id,
            video.fps,
            video.size.0,
            video.size.1,
            video.orientation.to_string(),
            now
        ),
        stmt!(
            "update asset set duration_ms = coalesce(cast(?2 as bigint), duration_ms), \
             width = case when is_edited = 1 then width else cast(?3 as integer) end, \
             height = case when is_edited = 1 then height else cast(?4 as integer) end, \
             updated_at = ?5, update_id = uuid7() where id = ?1 and {held}",
            asset_id,
            video.duration_ms,
            video.upright.0,
            video.upright.1,
            now
        ),
    ]
}

fn facts(asset_id: &str, video: &Video<'_>, now: i64) -> Statement {
    let [primaries, transfer, matrix] = video.color;
    stmt!(
        "insert into asset_video (asset_id, container, video_codec, audio_codec, width, height, rotation, fps, duration_ms, \
         bit_rate, pixel_format, color_primaries, color_transfer, color_space, updated_at, packet_ticks, packet_count, frame_count, base_numerator, base_denominator) \
         select a.id, cast(?2 as text), cast(?3 as text), cast(?4 as text), cast(?5 as integer), cast(?6 as integer), \
         cast(?7 as integer), cast(?8 as double precision), cast(?9 as bigint), cast(?10 as bigint), cast(?11 as text), \
         cast(?12 as text), cast(?13 as text), cast(?14 as text), cast(?15 as bigint), cast(?16 as bigint), \
         cast(?17 as bigint), cast(?18 as bigint), cast(?19 as bigint), cast(?20 as bigint) from asset a where a.id = ?1 and {held} \
         on conflict (asset_id) do update set container = excluded.container, video_codec = excluded.video_codec, \
         audio_codec = excluded.audio_codec, width = excluded.width, height = excluded.height, rotation = excluded.rotation, \
         fps = excluded.fps, duration_ms = excluded.duration_ms, bit_rate = excluded.bit_rate, \
         pixel_format = excluded.pixel_format, color_primaries = excluded.color_primaries, \
         color_transfer = excluded.color_transfer, color_space = excluded.color_space, updated_at = excluded.updated_at, \
         packet_ticks = coalesce(excluded.packet_ticks, asset_video.packet_ticks), \
         packet_count = coalesce(excluded.packet_count, asset_video.packet_count), \
         frame_count = coalesce(excluded.frame_count, asset_video.frame_count), \
         base_numerator = coalesce(excluded.base_numerator, asset_video.base_numerator), \
         base_denominator = coalesce(excluded.base_denominator, asset_video.base_denominator)",
        asset_id,
        video.container,
        video.video_codec,
        video.audio_codec,
        video.size.0,
        video.size.1,
        i64::from(video.rotation),
        video.fps,
        video.duration_ms,
        video.bit_rate,
        video.pixel_format,
        primaries,
        transfer,
        matrix,
        now,
        video.timing.map(|timing| timing.ticks),
        video.timing.map(|timing| timing.packets),
        video.timing.map(|timing| timing.frames),
        video.timing.map(|timing| timing.base[0]),
        video.timing.map(|timing| timing.base[1])
    )
}
