//! Reads what administrators changed of the settings, here or on another node, for this process to work with.

use crate::errors::Result;
use crate::models::{desk_settings, holidays};
use crate::services::Services;

pub async fn take_over_settings(desk: &Services) -> Result<()> {
    let live = desk_settings::live(&desk.db).await?;
    desk.authorities.set_rates(live.ca_rates());
    desk.replace_calendar(live.complete(holidays::calendar(&desk.db).await?));
    desk.replace_live(live);
    Ok(())
}
