// What the mobile app wants of each line of the sync stream (api/sync.md sections 4 and 5): fields with their kinds, `?`
// for those that may be null, and the local table they go to or leave. Anything else breaks its sync.

const ASSET =
  "checksum:text createdAt:time? deletedAt:time? duration:int? fileCreatedAt:time? fileModifiedAt:time? height:int? id:text isEdited:flag isFavorite:flag libraryId:text? livePhotoVideoId:text? localDateTime:time? originalFileName:text ownerId:text stackId:text? thumbhash:text? type:text visibility:text width:int?";
const EXIF =
  "assetId:text city:text? country:text? dateTimeOriginal:time? description:text? exifImageHeight:int? exifImageWidth:int? exposureTime:text? fNumber:real? fileSizeInByte:int? focalLength:real? fps:real? iso:int? latitude:real? lensModel:text? longitude:real? make:text? model:text? modifyDate:time? orientation:text? profileDescription:text? projectionType:text? rating:int? state:text? timeZone:text?";
const USER = "avatarColor:text? deletedAt:time? email:text hasProfileImage:flag id:text name:text profileChangedAt:time";
const OWN_USER = `${USER} isAdmin:flag oauthId:text pinCode:text? quotaSizeInBytes:int? quotaUsageInBytes:int storageLabel:text?`;
const OCR =
  "assetId:text boxScore:real id:text isVisible:flag text:text textScore:real x1:real x2:real x3:real x4:real y1:real y2:real y3:real y4:real";
const FACE =
  "assetId:text boundingBoxX1:int boundingBoxX2:int boundingBoxY1:int boundingBoxY2:int deletedAt:time? id:text imageHeight:int imageWidth:int isVisible:flag personId:text? sourceType:text";
const PERSON =
  "birthDate:time? color:text? createdAt:time faceAssetId:text? id:text isFavorite:flag isHidden:flag name:text ownerId:text updatedAt:time";
const ALBUM =
  "createdAt:time description:text id:text isActivityEnabled:flag name:text order:text thumbnailAssetId:text? updatedAt:time";
const MEMORY =
  "createdAt:time data:object deletedAt:time? hideAt:time? id:text isSaved:flag memoryAt:time ownerId:text seenAt:time? showAt:time? type:text updatedAt:time";
const STACK = "createdAt:time id:text ownerId:text primaryAssetId:text updatedAt:time";

/** Rows that come: types, table, key, fields. */
const UPSERTS = [
  ["AuthUserV1", "me", "id", OWN_USER],
  ["UserV1", "users", "id", USER],
  ["UserMetadataV1", "userMetadata", "userId key", "key:text userId:text value:object"],
  ["PartnerV1", "partners", "sharedById sharedWithId", "inTimeline:flag sharedById:text sharedWithId:text"],
  ["AssetV2 PartnerAssetV2 PartnerAssetBackfillV2 AlbumAssetCreateV2 AlbumAssetUpdateV2 AlbumAssetBackfillV2", "assets", "id", ASSET],
  ["AssetExifV1 PartnerAssetExifV1 PartnerAssetExifBackfillV1 AlbumAssetExifCreateV1 AlbumAssetExifUpdateV1 AlbumAssetExifBackfillV1", "exif", "assetId", EXIF],
  ["AssetMetadataV1", "assetMetadata", "assetId key", "assetId:text key:text value:object"],
  ["AssetEditV1", "edits", "id", "action:text assetId:text id:text parameters:object sequence:int"],
  ["AssetOcrV1", "ocr", "id", OCR],
  ["AssetFaceV2", "faces", "id", FACE],
  ["PersonV1", "people", "id", PERSON],
  ["StackV1 PartnerStackV1 PartnerStackBackfillV1", "stacks", "id", STACK],
  ["AlbumV2", "albums", "id", ALBUM],
  ["AlbumUserV1 AlbumUserBackfillV1", "albumUsers", "albumId userId", "albumId:text role:text userId:text"],
  ["AlbumToAssetV1 AlbumToAssetBackfillV1", "albumAssets", "albumId assetId", "albumId:text assetId:text"],
  ["MemoryV1", "memories", "id", MEMORY],
  ["MemoryToAssetV1", "memoryAssets", "memoryId assetId", "assetId:text memoryId:text"],
];

/** Rows that go: types, table, the fields that name them in the order of the table's key. */
const DELETIONS = [
  ["UserDeleteV1", "users", "userId"],
  ["UserMetadataDeleteV1", "userMetadata", "userId key"],
  ["PartnerDeleteV1", "partners", "sharedById sharedWithId"],
  ["AssetDeleteV1 PartnerAssetDeleteV1", "assets", "assetId"],
  ["AssetMetadataDeleteV1", "assetMetadata", "assetId key"],
  ["AssetEditDeleteV1", "edits", "editId"],
  ["AssetFaceDeleteV1", "faces", "assetFaceId"],
  ["PersonDeleteV1", "people", "personId"],
  ["StackDeleteV1 PartnerStackDeleteV1", "stacks", "stackId"],
  ["AlbumDeleteV1", "albums", "albumId"],
  ["AlbumUserDeleteV1", "albumUsers", "albumId userId"],
  ["AlbumToAssetDeleteV1", "albumAssets", "albumId assetId"],
  ["MemoryDeleteV1", "memories", "memoryId"],
  ["MemoryToAssetDeleteV1", "memoryAssets", "memoryId assetId"],
];

function parsed(fields) {
  return fields.split(" ").map((field) => {
    const [, name, kind, mark] = /^(\w+):(\w+)(\??)$/.exec(field);
    return { name, kind, isNullable: mark === "?" };
  });
}

/** By type of line: `{table, key, fields, isDeletion}`. */
export const TYPES = new Map(["SyncAckV1", "SyncResetV1", "SyncCompleteV1"].map((type) => [type, { fields: [] }]));
for (const [types, table, key, fields] of UPSERTS) {
  for (const type of types.split(" ")) TYPES.set(type, { table, key: key.split(" "), fields: parsed(fields) });
}
for (const [types, table, key] of DELETIONS) {
  const fields = key.split(" ").map((name) => ({ name, kind: "text", isNullable: false }));
  for (const type of types.split(" ")) TYPES.set(type, { table, key: key.split(" "), fields, isDeletion: true });
}
// Takes away all text of an asset, whose rows have other keys.
TYPES.set("AssetOcrDeleteV1", { table: "ocr", ofAsset: "assetId", fields: parsed("assetId:text deletedAt:time id:text") });

const FITS = {
  text: (value) => typeof value === "string",
  flag: (value) => typeof value === "boolean",
  int: (value) => Number.isInteger(value),
  real: (value) => typeof value === "number",
  object: (value) => typeof value === "object",
  time: (value) => typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value),
};

/** Reads a line as the app does; whatever it does not know or expect ends its sync. */
export function read(text) {
  const line = JSON.parse(text);
  const known = TYPES.get(line.type);
  if (!known) throw new Error(`the app does not know ${line.type}`);
  for (const { name, kind, isNullable } of known.fields) {
    const value = line.data[name];
    const isGood = value === null ? isNullable : value !== undefined && FITS[kind](value);
    // To the app 5.0 is no integer, although it is one to JavaScript.
    const isFloat = kind === "int" && new RegExp(`"${name}":-?\\d+[.eE]`).test(text);
    if (!isGood || isFloat) throw new Error(`the app cannot read ${name} of ${text}`);
  }
  if (typeof line.ack !== "string") throw new Error(`no ack in ${text}`);
  return { ...line, known };
}
