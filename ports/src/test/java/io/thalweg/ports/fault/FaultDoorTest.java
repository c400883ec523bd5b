package io.thalweg.ports.fault;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** In a process that nobody started for it the door is shut; {@code NemesisIT} and {@code FullDiskIT} go through it. */
class FaultDoorTest {
    @Test
    void nothingComesThroughADoorThatIsShut() throws Exception {
        assertThat(System.getProperty("thalweg.test.faults")).isNull();
        assertThat(FaultDoor.aheadNs()).isZero();
        FaultDoor.beforeForce();
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .doesNotContain("faults");
    }
}
