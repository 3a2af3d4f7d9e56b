//! The cron trigger, each minute.

use edge_http::App;
use edge_platform::DbError;

/// Wakes what was forgotten.
pub async fn tick(app: &App) -> Result<(), DbError> {
    let wakes = edge_store::jobs::sweep(app.db(), app.now()).await?;
    app.wake(wakes).await;
    Ok(())
}
