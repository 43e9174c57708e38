//! The times of the settings (Asia/Tokyo), each ringing for its job.

use tokio_cron_scheduler::{Job as CronJob, JobScheduler, JobSchedulerError};

use super::{Job, Scheduler};
use crate::domain::calendar::JST;

impl Scheduler {
    pub(super) async fn start_cron(&self) -> Result<(), JobSchedulerError> {
        let mut cron = JobScheduler::new().await?;
        for (name, times) in self.desk.settings.schedule.entries() {
            let Ok(job) = name.parse::<Job>() else { continue };
            let scheduler = self.clone();
            let ring = move |_, _| {
                let scheduler = scheduler.clone();
                Box::pin(async move {
                    scheduler.spawn(|scheduler| async move {
                        scheduler.ring(job).await;
                    });
                }) as _
            };
            cron.add(CronJob::new_async_tz(times, JST, ring)?).await?;
        }
        cron.start().await?;
        self.spawn(|scheduler| async move {
            scheduler.desk.stop.cancelled().await;
            if let Err(error) = cron.shutdown().await {
                tracing::warn!(cause = %error, "the schedule did not stop");
            }
        });
        Ok(())
    }
}
