package io.thalweg.view.follow;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.view.SnapshotPolicy;
import org.junit.jupiter.api.Test;

class SaveScheduleTest {
    /** The newest snapshot may be damaged: events behind the older one are needed until there is another. */
    @Test
    void whatWasRestoredIsWhatIsSavedAlsoWhereSomethingNewerWas() {
        SaveSchedule schedule = new SaveSchedule(SnapshotPolicy.DEFAULT, 0);
        schedule.restored(10);
        schedule.begun(0, true);
        schedule.finished(true, 20);
        assertThat(schedule.saved()).isEqualTo(20);
        schedule.restored(10);
        assertThat(schedule.saved()).isEqualTo(10);
        assertThat(schedule.isNew(15)).isTrue();
    }
}
