//! What happens in the demonstration data: one story a case, each a list of acts with their times.
//!
//! Pure but for its seeded dice: knows days and kinds of stories, neither rows nor actions.

use chrono::{DateTime, Days, Duration, NaiveDate, Utc};
use rand::{Rng, SeedableRng, rngs::StdRng};

use super::moody_ca::Mood;
use super::showcase;
use crate::domain::application::ReissueReason;
use crate::domain::calendar::{Calendar, jst, jst_date, start_of_day};
use crate::domain::call::CallOutcome;
use crate::domain::call_band::CallBand;

/// How a case of the demonstration ends, or where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Completed,
    CompletedAfterVain,
    CompletedMoved,
    CompletedByOverride,
    CompletedCompromise,
    CompletedAfterOutage,
    Withdrawn,
    WithdrawnOnThePhone,
    Expired,
    DueToday,
    CarriedOver,
    UnansweredOnce,
    UnansweredTwice,
    UnansweredThrice,
    CallBackPromised,
    Future,
    WaitsForReexamination,
    WaitsForCertificate,
    ConfirmedDue,
    OpenCompromise,
    Revoking,
    Unproven,
    HeldContactChanged,
    HeldSuccessorRequested,
    HeldIdentityFailed,
    HeldWrongNumber,
    HeldByCa,
    HeldByHand,
    /// A certificate without a case, that could be reissued.
    Spare,
    SpareIssuedLately,
    SpareSymbolsOnlyUnit,
    SpareRunOut,
    SpareEv,
    /// A reissue would have the whole term that was ordered.
    SpareOfShortOrder,
    /// Its application would wait for a re-examination.
    SpareToReexamine,
}

/// How many cases of each kind. 300 together.
const CAST: [(Kind, usize); 28] = [
    (Kind::Completed, 110),
    (Kind::CompletedAfterVain, 18),
    (Kind::CompletedMoved, 8),
    (Kind::CompletedByOverride, 3),
    (Kind::CompletedCompromise, 1),
    (Kind::CompletedAfterOutage, 2),
    (Kind::Withdrawn, 8),
    (Kind::WithdrawnOnThePhone, 6),
    (Kind::Expired, 8),
    (Kind::DueToday, 20),
    (Kind::CarriedOver, 4),
    (Kind::UnansweredOnce, 2),
    (Kind::UnansweredTwice, 2),
    (Kind::UnansweredThrice, 2),
    (Kind::CallBackPromised, 2),
    (Kind::Future, 55),
    (Kind::WaitsForReexamination, 6),
    (Kind::WaitsForCertificate, 6),
    (Kind::ConfirmedDue, 14),
    (Kind::OpenCompromise, 1),
    (Kind::Revoking, 3),
    (Kind::Unproven, 2),
    (Kind::HeldContactChanged, 6),
    (Kind::HeldSuccessorRequested, 2),
    (Kind::HeldIdentityFailed, 3),
    (Kind::HeldWrongNumber, 2),
    (Kind::HeldByCa, 2),
    (Kind::HeldByHand, 2),
];
/// Certificates without a case.
const SPARES: [(Kind, usize); 7] = [
    (Kind::Spare, 33),
    (Kind::SpareEv, 1),
    (Kind::SpareOfShortOrder, 1),
    (Kind::SpareToReexamine, 1),
    (Kind::SpareIssuedLately, 10),
    (Kind::SpareSymbolsOnlyUnit, 3),
    (Kind::SpareRunOut, 8),
];

/// Business days that the past of the demonstration reaches back.
const REVOKED_DAYS: u32 = 28;
const HISTORY_DAYS: u32 = 46;
const NOON_DAYS: u32 = 5;

/// One thing that somebody does about one case. Agents and supervisors are 0 and 1.
#[derive(Debug, Clone)]
pub enum Act {
    /// The certificate becomes known to the desk.
    Register,
    File(Filing),
    Issue,
    Claim {
        agent: usize,
    },
    Call {
        agent: usize,
        outcome: CallOutcome,
        call_back_at: Option<DateTime<Utc>>,
    },
    /// The agent types the serial number and revokes.
    Click {
        agent: usize,
    },
    SetMood(Mood),
    /// The CA announced how long it will be away.
    PutOff {
        until: DateTime<Utc>,
    },
    Reschedule(NaiveDate),
    Withdraw,
    Hold,
    RequestOverride,
    ApproveOverride,
    RequestSuccessor,
    /// The customer would like to be called at this time of the day.
    PreferCallBand(CallBand),
    /// The customer names a successor of the 手続き担当者.
    ProposeContact,
}

#[derive(Debug, Clone)]
pub struct Filing {
    pub requested_on: Option<NaiveDate>,
    pub reason: ReissueReason,
    pub by_agent: bool,
    /// Whether the desk gets a CSR, and so can issue.
    pub with_csr: bool,
}

/// What the machine does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Routine {
    Expire,
    Remind,
    RevokeDue,
    PublishAndProve,
    Rescue,
}

#[derive(Debug, Clone)]
pub enum Scene {
    Story(usize, Act),
    Routine(Routine),
}

/// A case to be: its certificate's dates and whatever happens to it.
#[derive(Debug, Clone)]
pub struct Story {
    pub kind: Kind,
    /// Whose certificate it is, by place in the material; `None`: the stories are dealt out in turn.
    pub organisation: Option<usize>,
    pub issued_at: DateTime<Utc>,
    /// The certificate's last day where the rule in force is not to decide it.
    pub last_day: Option<NaiveDate>,
    pub acts: Vec<(DateTime<Utc>, Act)>,
}

pub struct Script {
    /// Before everything else: the day on which the desk took over its customers.
    pub begins_at: DateTime<Utc>,
    pub stories: Vec<Story>,
    routines: Vec<(DateTime<Utc>, Routine)>,
}

impl Script {
    /// All scenes in the order in which they happen.
    pub fn scenes(&self) -> Vec<(DateTime<Utc>, Scene)> {
        let mut scenes: Vec<(DateTime<Utc>, Scene)> =
            self.routines.iter().map(|(at, routine)| (*at, Scene::Routine(*routine))).collect();
        for (index, story) in self.stories.iter().enumerate() {
            scenes.extend(story.acts.iter().map(|(at, act)| (*at, Scene::Story(index, act.clone()))));
        }
        scenes.sort_by_key(|(at, _)| *at);
        scenes
    }
}

/// Writes the script for a desk that is first looked at on `now`.
pub fn write(calendar: &Calendar, now: DateTime<Utc>) -> Script {
    let mut author = Author::new(calendar, now);
    let kinds = CAST.into_iter().chain(SPARES).flat_map(|(kind, count)| (0..count).map(move |number| (kind, number)));
    let stories = kinds.map(|(kind, number)| showcase::placed(author.story(kind, number), number)).collect();
    Script { begins_at: author.begins_at(), stories, routines: author.routines() }
}

struct Author<'a> {
    dice: StdRng,
    calendar: &'a Calendar,
    now: DateTime<Utc>,
    /// Today, or the last business day when the desk is closed today.
    anchor: NaiveDate,
    /// The latest 18:30.
    last_run: DateTime<Utc>,
    /// When the agents' latest work happened: today, or last evening.
    shift: (DateTime<Utc>, DateTime<Utc>),
    /// The last business day on which it had begun: what was due then could be confirmed.
    worked_on: NaiveDate,
}

impl<'a> Author<'a> {
    fn new(calendar: &'a Calendar, now: DateTime<Utc>) -> Self {
        let today = jst_date(now);
        let tonight = jst(today, 18, 30);
        let last_run = if tonight <= now { tonight } else { tonight - Duration::days(1) };
        let morning = jst(today, 9, 0);
        let in_the_day = calendar.is_business_day(today) && morning + Duration::minutes(30) <= now && now < tonight;
        // Outside business hours the agent on duty goes on for a while after the run.
        let shift = if in_the_day {
            (morning, now)
        } else {
            (last_run + Duration::seconds(90), now.min(last_run + Duration::minutes(50)))
        };
        let shift = (shift.0.min(now), shift.1);
        let anchor = calendar.last_business_day_until(today);
        let worked_on = calendar.last_business_day_until(jst_date(shift.0));
        Self { dice: StdRng::seed_from_u64(20_200_810), calendar, now, anchor, last_run, shift, worked_on }
    }

    fn past(&self, business_days: u32) -> NaiveDate {
        self.calendar.business_days_before(self.anchor, business_days)
    }

    fn begins_at(&self) -> DateTime<Utc> {
        jst(self.past(HISTORY_DAYS), 8, 0)
    }

    /// A point of the latest work, 0 at its begin and 1000 at its end.
    fn lately(&self, per_mille: i32) -> DateTime<Utc> {
        let (from, to) = self.shift;
        from + (to - from) * per_mille / 1000
    }

    fn in_hours(&mut self, date: NaiveDate) -> DateTime<Utc> {
        jst(date, 9, 10) + Duration::seconds(self.dice.random_range(0..7 * 3600))
    }

    /// Customers file from early until late.
    fn any_time(&mut self, date: NaiveDate) -> DateTime<Utc> {
        jst(date, 8, 0) + Duration::seconds(self.dice.random_range(0..12 * 3600))
    }

    fn agent(&mut self) -> usize {
        self.dice.random_range(0..2)
    }

    fn routines(&self) -> Vec<(DateTime<Utc>, Routine)> {
        let first = jst_date(self.begins_at()) + Days::new(1);
        let mut routines = Vec::new();
        for date in first.iter_days().take_while(|date| start_of_day(*date) <= self.now) {
            routines.extend([
                (jst(date, 0, 10), Routine::Expire),
                (jst(date, 9, 0), Routine::Remind),
                (jst(date, 18, 30), Routine::RevokeDue),
                (jst(date, 18, 31), Routine::PublishAndProve),
                (jst(date, 19, 40), Routine::Rescue),
            ]);
            // Of the last days also what was proven at noon.
            if self.past(NOON_DAYS) <= date && date < jst_date(self.now) {
                routines.push((jst(date, 12, 30), Routine::PublishAndProve));
            }
        }
        // After the last run only what the agents did is left, unproven.
        let with_the_ca = |routine| !matches!(routine, Routine::Expire | Routine::Remind);
        let too_late = |at| at > self.last_run + Duration::minutes(1);
        routines.retain(|(at, routine)| *at <= self.now && !(with_the_ca(*routine) && too_late(*at)));
        routines
    }

    fn story(&mut self, kind: Kind, number: usize) -> Story {
        match kind {
            Kind::Completed
            | Kind::CompletedAfterVain
            | Kind::CompletedMoved
            | Kind::CompletedByOverride
            | Kind::CompletedCompromise
            | Kind::CompletedAfterOutage => self.completed(kind, number),
            Kind::Withdrawn | Kind::WithdrawnOnThePhone | Kind::Expired => self.ended(kind, number),
            Kind::DueToday
            | Kind::CarriedOver
            | Kind::UnansweredOnce
            | Kind::UnansweredTwice
            | Kind::UnansweredThrice
            | Kind::CallBackPromised
            | Kind::Future => self.waiting_for_call(kind, number),
            Kind::WaitsForReexamination | Kind::WaitsForCertificate => self.waiting_for_issue(kind),
            Kind::ConfirmedDue | Kind::OpenCompromise | Kind::Revoking | Kind::Unproven => {
                self.lately_done(kind, number)
            }
            Kind::HeldContactChanged
            | Kind::HeldSuccessorRequested
            | Kind::HeldIdentityFailed
            | Kind::HeldWrongNumber
            | Kind::HeldByCa
            | Kind::HeldByHand => self.held(kind, number),
            Kind::Spare
            | Kind::SpareIssuedLately
            | Kind::SpareSymbolsOnlyUnit
            | Kind::SpareRunOut
            | Kind::SpareEv
            | Kind::SpareOfShortOrder
            | Kind::SpareToReexamine => self.spare(kind),
        }
    }

    /// Registered, filed some business days before `due_on` and issued soon after.
    fn filed(&mut self, kind: Kind, due_on: NaiveDate, latest: NaiveDate) -> Story {
        let lead = self.dice.random_range(3..=12);
        let filed_on = self.calendar.business_days_before(due_on, lead).min(latest);
        let filed_at = self.any_time(filed_on);
        let filing = Filing {
            requested_on: Some(self.requested_on(due_on, filed_on)),
            reason: self.reason(),
            by_agent: self.dice.random_ratio(1, 9),
            with_csr: true,
        };
        let mut story = self.begun(kind, filed_at, filing);
        story.acts.push((filed_at + Duration::seconds(self.dice.random_range(180..2400)), Act::Issue));
        story
    }

    /// The same for a case that the agents' latest work found due.
    fn filed_before_work(&mut self, kind: Kind) -> Story {
        self.filed(kind, self.worked_on, self.calendar.business_days_before(self.worked_on, 1))
    }

    fn begun(&mut self, kind: Kind, filed_at: DateTime<Utc>, filing: Filing) -> Story {
        let issued_on = jst_date(filed_at) - Days::new(self.dice.random_range(33..=70));
        let issued_at = self.in_hours(issued_on);
        let registered_at = issued_at.max(self.begins_at() + Duration::minutes(30));
        let acts = vec![(registered_at, Act::Register), (filed_at, Act::File(filing))];
        Story { kind, organisation: None, issued_at, last_day: None, acts }
    }

    /// Sometimes a day off before the due day is asked for.
    fn requested_on(&mut self, due_on: NaiveDate, filed_on: NaiveDate) -> NaiveDate {
        let day_before = due_on - Days::new(1);
        let moved = !self.calendar.is_business_day(day_before) && filed_on < day_before;
        if moved && self.dice.random_ratio(1, 3) { day_before } else { due_on }
    }

    fn reason(&mut self) -> ReissueReason {
        match self.dice.random_range(0..100) {
            0..70 => ReissueReason::ServerReplacement,
            70..85 => ReissueReason::KeyLostOrDamaged,
            _ => ReissueReason::Other,
        }
    }

    /// Claims, and speaks for some minutes.
    fn call(&mut self, story: &mut Story, at: DateTime<Utc>, outcome: CallOutcome) -> usize {
        let agent = self.agent();
        let minutes = Duration::seconds(self.dice.random_range(60..240));
        story.acts.push((at, Act::Claim { agent }));
        story.acts.push((at + minutes, Act::Call { agent, outcome, call_back_at: None }));
        agent
    }

    /// The same in the latest work, between two of its points.
    fn call_lately(&mut self, story: &mut Story, from: i32, to: i32, outcome: CallOutcome) -> usize {
        let agent = self.agent();
        story.acts.push((self.lately(from), Act::Claim { agent }));
        story.acts.push((self.lately(to), Act::Call { agent, outcome, call_back_at: None }));
        agent
    }

    fn completed(&mut self, kind: Kind, number: usize) -> Story {
        let back = 1 + u32::try_from(number).unwrap_or(0) % REVOKED_DAYS;
        // An outage of the CA is over a day later.
        let due_on = self.past(if kind == Kind::CompletedAfterOutage { back + 3 } else { back });
        if kind == Kind::CompletedCompromise {
            return self.completed_compromise(due_on);
        }
        let mut story = self.filed(kind, due_on, due_on);
        let mut at = self.in_hours(due_on);
        match kind {
            Kind::CompletedAfterVain => {
                at = jst(due_on, 9, 20) + Duration::minutes(self.dice.random_range(0..90));
                self.call(&mut story, at, CallOutcome::NoAnswer);
                at += Duration::minutes(75);
                if number.is_multiple_of(2) {
                    self.call(&mut story, at, CallOutcome::NoAnswer);
                    at += Duration::minutes(70);
                }
            }
            Kind::CompletedMoved => {
                let filed_at = story.acts[1].0;
                let earlier = self.calendar.business_days_before(due_on, 1);
                if let Some((_, Act::File(filing))) = story.acts.get_mut(1) {
                    filing.requested_on = Some(earlier);
                }
                story.acts.push((filed_at + Duration::hours(20), Act::Reschedule(due_on)));
            }
            Kind::CompletedByOverride => {
                self.call(&mut story, jst(due_on, 9, 40), CallOutcome::NoAnswer);
                self.call(&mut story, jst(due_on, 11, 0), CallOutcome::NoAnswer);
                story.acts.push((jst(due_on, 15, 5), Act::RequestOverride));
                story.acts.push((jst(due_on, 15, 48), Act::ApproveOverride));
                return story;
            }
            Kind::CompletedAfterOutage => {
                story.acts.push((jst(due_on, 18, 0), Act::SetMood(Mood::OutOfReach)));
                story.acts.push((jst(due_on, 19, 0), Act::SetMood(Mood::Well)));
            }
            _ => {}
        }
        let agent = self.call(&mut story, at, CallOutcome::Confirmed);
        let by_click = !number.is_multiple_of(3) && kind != Kind::CompletedAfterOutage;
        if by_click {
            story.acts.push((at + Duration::minutes(6), Act::Click { agent }));
        }
        story
    }

    fn completed_compromise(&mut self, on: NaiveDate) -> Story {
        let filing =
            Filing { requested_on: None, reason: ReissueReason::KeyCompromise, by_agent: false, with_csr: true };
        let mut story = self.begun(Kind::CompletedCompromise, jst(on, 10, 12), filing);
        story.acts.push((jst(on, 10, 31), Act::Issue));
        story.acts.push((jst(on, 11, 2), Act::Click { agent: 1 }));
        story
    }

    fn ended(&mut self, kind: Kind, number: usize) -> Story {
        let due_on = self.past(2 + 2 * u32::try_from(number).unwrap_or(0));
        let mut story = self.filed(kind, due_on, due_on);
        match kind {
            Kind::Expired => {
                // Nobody could be reached before the certificate ran out.
                story.last_day = Some(due_on);
                story.issued_at = self.in_hours(due_on - Days::new(95));
                story.acts[0].0 = self.begins_at() + Duration::minutes(30);
                self.call(&mut story, jst(due_on, 10, 5), CallOutcome::NoAnswer);
                self.call(&mut story, jst(due_on, 13, 40), CallOutcome::NoAnswer);
            }
            Kind::WithdrawnOnThePhone => {
                let at = self.in_hours(due_on);
                self.call(&mut story, at, CallOutcome::Withdraw);
            }
            _ => {
                let at = self.in_hours(self.calendar.business_days_before(due_on, 1));
                story.acts.push((at, Act::Withdraw));
            }
        }
        story
    }

    fn waiting_for_call(&mut self, kind: Kind, number: usize) -> Story {
        let number = u32::try_from(number).unwrap_or(0);
        let yesterday = self.past(1);
        match kind {
            Kind::Future => {
                let due_on = self.calendar.add_business_days(self.anchor, 1 + number % 20);
                self.filed(kind, due_on, yesterday)
            }
            Kind::CarriedOver => self.filed(kind, self.past(1 + number % 2), yesterday),
            Kind::UnansweredOnce => {
                let mut story = self.filed(kind, yesterday, yesterday);
                self.call(&mut story, jst(yesterday, 16, 20), CallOutcome::NoAnswer);
                story
            }
            Kind::UnansweredTwice => {
                let mut story = self.filed(kind, yesterday, yesterday);
                self.call(&mut story, jst(yesterday, 10, 15), CallOutcome::NoAnswer);
                self.call(&mut story, jst(yesterday, 11, 40), CallOutcome::NoAnswer);
                story
            }
            Kind::UnansweredThrice => {
                let before = self.past(2);
                let mut story = self.filed(kind, before, before);
                self.call(&mut story, jst(before, 10, 15), CallOutcome::NoAnswer);
                self.call(&mut story, jst(before, 11, 40), CallOutcome::NoAnswer);
                self.call(&mut story, jst(yesterday, 9, 30), CallOutcome::NoAnswer);
                story
            }
            Kind::CallBackPromised => {
                let mut story = self.filed_before_work(kind);
                let agent = self.agent();
                let outcome = CallOutcome::CallBack;
                let call_back_at = Some(self.promised(number));
                story.acts.push((self.lately(300), Act::Claim { agent }));
                story.acts.push((self.lately(340), Act::Call { agent, outcome, call_back_at }));
                story
            }
            _ => self.filed(kind, self.anchor, yesterday),
        }
    }

    /// A full or half hour in business hours, about two hours from now.
    fn promised(&self, number: u32) -> DateTime<Utc> {
        let opening = self.calendar.next_opening(self.now + Duration::minutes(120 + 30 * i64::from(number)));
        opening - Duration::seconds(opening.timestamp().rem_euclid(1800))
    }

    fn waiting_for_issue(&mut self, kind: Kind) -> Story {
        let back = self.dice.random_range(1..=5);
        let filed_at = self.any_time(self.past(back));
        let ahead = self.dice.random_range(4..=15);
        let filing = Filing {
            requested_on: Some(self.calendar.add_business_days(self.anchor, ahead)),
            reason: ReissueReason::ServerReplacement,
            by_agent: false,
            with_csr: kind == Kind::WaitsForReexamination,
        };
        self.begun(kind, filed_at, filing)
    }

    fn lately_done(&mut self, kind: Kind, number: usize) -> Story {
        let number = i32::try_from(number).unwrap_or(0);
        if kind == Kind::OpenCompromise {
            let filing =
                Filing { requested_on: None, reason: ReissueReason::KeyCompromise, by_agent: false, with_csr: true };
            let mut story = self.begun(kind, self.lately(420), filing);
            story.acts.push((self.lately(430), Act::Issue));
            // Held by the other agent for some minutes yet.
            story.acts.push((self.lately(430).max(self.now - Duration::minutes(2)), Act::Claim { agent: 1 }));
            return story;
        }
        let mut story = self.filed_before_work(kind);
        let from = match kind {
            Kind::Revoking => 600 + 60 * number,
            Kind::Unproven => 850 + 60 * number,
            _ => 60 + 50 * number,
        };
        let agent = self.call_lately(&mut story, from, from + 20, CallOutcome::Confirmed);
        match kind {
            Kind::Revoking => {
                story.acts.push((self.lately(from + 30), Act::SetMood(Mood::OutOfReach)));
                story.acts.push((self.lately(from + 30), Act::Click { agent }));
                let until = self.now + Duration::hours(5 + i64::from(number));
                story.acts.push((self.lately(from + 40), Act::PutOff { until }));
            }
            Kind::Unproven => story.acts.push((self.lately(from + 40), Act::Click { agent })),
            _ => {}
        }
        story
    }

    fn held(&mut self, kind: Kind, number: usize) -> Story {
        let due_on = self.past(1 + u32::try_from(number).unwrap_or(0));
        let mut story = self.filed(kind, due_on, due_on);
        let at = self.in_hours(due_on);
        match kind {
            Kind::HeldIdentityFailed => {
                self.call(&mut story, at, CallOutcome::IdentityFailed);
            }
            Kind::HeldWrongNumber => {
                self.call(&mut story, at, CallOutcome::WrongNumber);
            }
            Kind::HeldByCa => {
                self.call(&mut story, at, CallOutcome::Confirmed);
                story.acts.push((jst(due_on, 18, 0), Act::SetMood(Mood::Refusing)));
            }
            Kind::HeldByHand => story.acts.push((at, Act::Hold)),
            Kind::HeldSuccessorRequested => {
                self.call(&mut story, at, CallOutcome::ContactChanged);
                story.acts.push((at + Duration::minutes(25), Act::RequestSuccessor));
            }
            _ => {
                self.call(&mut story, at, CallOutcome::ContactChanged);
            }
        }
        story
    }

    fn spare(&mut self, kind: Kind) -> Story {
        let today = jst_date(self.now);
        let days_ago = match kind {
            Kind::SpareIssuedLately => self.dice.random_range(1..=29),
            Kind::SpareRunOut => 95,
            _ => self.dice.random_range(33..=90),
        };
        let issued_at = self.in_hours(today - Days::new(days_ago));
        let last_day = (kind == Kind::SpareRunOut).then(|| today - Days::new(self.dice.random_range(1..=30)));
        let registered_at = issued_at.max(self.begins_at() + Duration::minutes(30));
        Story { kind, organisation: None, issued_at, last_day, acts: vec![(registered_at, Act::Register)] }
    }
}
