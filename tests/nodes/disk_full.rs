//! No room on the disk: nothing is asked of the CA that is not written down first, and the work goes on when there is
//! room again.

use std::process::{Command, Output};

use chrono::Duration;

use crate::books::assert_finished_once;
use crate::office::Office;

const CASES: u32 = 24;

/// Runs the task with no file growing beyond `blocks` of 512 octets. The signal of the limit is ignored, so that writing fails as it
/// does on a full disk.
fn cramped(office: &Office, blocks: u64) -> Output {
    let program = office.program(&["task", "revoke_due"]);
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"")).arg("sh").arg(program.get_program());
    shell.args(program.get_args()).current_dir(program.get_current_dir().unwrap());
    shell.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.output().unwrap()
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

        let output = cramped(&office, blocks);

        office.books.assert_sound().await;
        let revoked = office.books.count("ca_revocations").await;
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() || revoked == i64::from(CASES), "{revoked} revoked: {told}");
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
