//! What the customers with a told log-in find in the portal: one story of every kind, all in one organisation.
//!
//! Takes stories of the cast and adds none, so that the desk's day stays as it is.

use chrono::Duration;

use super::script::{Act, Kind, Story};
use crate::domain::call_band::CallBand;

const SHOWN: usize = 0;

/// Kind, and which of its stories counted from 0.
const STORIES: [(Kind, usize); 26] = [
    // Reissued that long ago that the replacement, whose CSR the desk knows, can be reissued again.
    (Kind::Completed, 27),
    (Kind::Completed, 55),
    (Kind::Completed, 83),
    (Kind::CompletedCompromise, 0),
    (Kind::CompletedMoved, 0),
    (Kind::Withdrawn, 0),
    (Kind::Expired, 0),
    (Kind::DueToday, 0),
    (Kind::UnansweredTwice, 0),
    (Kind::CallBackPromised, 0),
    BAND_PREFERRED,
    SUCCESSOR_PROPOSED,
    (Kind::WaitsForReexamination, 0),
    (Kind::WaitsForCertificate, 0),
    (Kind::ConfirmedDue, 0),
    (Kind::Revoking, 0),
    (Kind::Unproven, 0),
    (Kind::HeldContactChanged, 0),
    (Kind::Spare, 0),
    (Kind::Spare, 1),
    (Kind::SpareEv, 0),
    (Kind::SpareOfShortOrder, 0),
    (Kind::SpareToReexamine, 0),
    (Kind::SpareIssuedLately, 0),
    (Kind::SpareSymbolsOnlyUnit, 0),
    (Kind::SpareRunOut, 0),
];
/// Due weeks from now: nobody is phoned earlier or later for what the customer wishes.
const BAND_PREFERRED: (Kind, usize) = (Kind::Future, 14);
const SUCCESSOR_PROPOSED: (Kind, usize) = (Kind::Future, 15);

/// The story in its organisation, with what the customer adds to it.
pub fn placed(mut story: Story, number: usize) -> Story {
    let this = (story.kind, number);
    if STORIES.contains(&this) {
        story.organisation = Some(SHOWN);
    }
    let wish = match this {
        BAND_PREFERRED => Some(Act::PreferCallBand(CallBand::LateAfternoon)),
        SUCCESSOR_PROPOSED => Some(Act::ProposeContact),
        _ => None,
    };
    let filed = story.acts.iter().find(|(_, act)| matches!(act, Act::File(_))).map(|(at, _)| *at);
    if let (Some(wish), Some(filed)) = (wish, filed) {
        story.acts.push((filed + Duration::hours(1), wish));
    }
    story
}
