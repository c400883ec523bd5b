package io.thalweg.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three real processes, the leader paused like by a garbage collector or a hypervisor, long enough for another to be elected
 * and to take a write. Ratis' own linearizable reads answered with the old value then; a marker in the log must not.
 */
class PausedLeaderTest {
    private static final int READS = 20;

    @TempDir
    Path directory;

    @Test
    void aMarkerReadIsNeverStaleAfterAPauseOfTheLeader() throws Exception {
        int[] ports = new int[3];
        for (int i = 0; i < 3; i++) {
            ports[i] = Copy.freePort();
        }
        List<ChildMember> members = new ArrayList<>();
        try {
            for (int i = 0; i < 3; i++) {
                members.add(ChildMember.start(directory.resolve("n" + i), i, ports));
            }
            for (ChildMember member : members) {
                assertThat(member.answer()).isEqualTo("ready");
            }
            ChildMember old = put(members, 1);
            assertThat(old.ask("get")).isEqualTo("get 1");
            List<ChildMember> others = new ArrayList<>(members);
            others.remove(old);

            old.signal("STOP");
            put(others, 2);
            for (int i = 0; i < READS; i++) {
                old.send("get"); // the first thing that it finds to do
            }
            old.signal("CONT");
            for (int i = 0; i < READS; i++) {
                assertThat(old.answer()).isIn("get 2", "get failed");
            }
        } finally {
            members.forEach(ChildMember::close);
        }
    }

    /** Has one of them take the value, and returns which did. */
    private static ChildMember put(List<ChildMember> members, long value) throws Exception {
        for (int attempt = 0; attempt < 1000; attempt++) {
            for (ChildMember member : members) {
                if (member.ask("role").equals("role LEADER")
                        && member.ask("put " + value).endsWith(" ok")) {
                    return member;
                }
            }
            Thread.sleep(50);
        }
        throw new AssertionError("nobody took value " + value);
    }
}
