//! No room on the disk: nothing is asked of the CA that is not written down first, and the work goes on when there is
//! room again.

use std::fs::{self, File};
use std::process::{Command, ExitStatus};

use chrono::Duration;

use crate::books::assert_finished_once;
use crate::office::Office;
use crate::wait::until;

const CASES: u32 = 24;
const LOG: &str = "cramped.log";

/// Runs the task with no file growing beyond `blocks` of 512 octets. The signal of the limit is ignored, so that writing fails as it
/// does on a full disk. The power goes when everything is revoked: for minutes it would wait for room for its mails.
async fn cramped(office: &Office, blocks: u64) -> ExitStatus {
    let program = office.program(&["task", "revoke_due"]);
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"")).arg("sh").arg(program.get_program());
    shell.args(program.get_args()).current_dir(program.get_current_dir().unwrap());
    shell.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let log = File::create(office.data_dir().join(LOG)).unwrap();
    let mut run = shell.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
    let mut ended = None;
    until("the run ends, or has revoked everything", async || {
        ended = run.try_wait().unwrap();
        let revoked = office.books.count("ca_revocations").await;
        ended.is_some() || revoked == i64::from(CASES)
    })
    .await;
    if ended.is_none() {
        run.kill().unwrap();
    }
    run.wait().unwrap()
}

fn told(office: &Office) -> String {
    fs::read_to_string(office.data_dir().join(LOG)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_stops_a_run_before_the_ca_is_asked_and_the_next_one_finishes() {
    // From a limit that leaves room for nothing to one that leaves room for everything.
    let (mut nothing, mut everything) = (64, 8 * 1024);
    let mut stopped_in_the_middle = false;
    while !stopped_in_the_middle {
        assert!(everything - nothing > 1, "no run was stopped between its first and its last revocation");
        let blocks = u64::midpoint(nothing, everything);
        let office = Office::on_sqlite(CASES).await;
        office.set("/settings/revocation/chunk", 4);

        let status = cramped(&office, blocks).await;

        office.books.assert_sound().await;
        let revoked = office.books.count("ca_revocations").await;
        assert!(!status.success() || revoked == i64::from(CASES), "{revoked} revoked: {}", told(&office));
        assert!(
            !told(&office).contains("database is locked"),
            "what could not be committed holds no lock: {}",
            told(&office)
        );
        stopped_in_the_middle = revoked > 0 && revoked < i64::from(CASES);
        if revoked == 0 {
            nothing = blocks;
        } else {
            everything = blocks;
        }

        office.pass(Duration::minutes(10));
        office.task("revoke_due");
        assert_finished_once(&office, i64::from(CASES), 0).await;
    }
}
