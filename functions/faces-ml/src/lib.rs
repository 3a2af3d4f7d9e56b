//! Function `faces-ml`: works off the queues `faceDetection` and `facialRecognition` (docs/faces.md).

mod asked;
mod cluster;
mod detect;
mod model;
mod recognize;
mod sort;
mod work;

edge_http::consumer!(
    Faces,
    work::work,
    AssetDetectFaces = work::together,
    together
);
