package io.thalweg.server.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.directory.secret.PasswordHash;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PasswordsTest {
    @Test
    void aPasswordMatchesItsHashAndNoOther() {
        Passwords passwords = new Passwords();
        PasswordHash hash = passwords.hash("correct horse");
        assertThat(passwords.matches("correct horse", hash)).isTrue();
        assertThat(passwords.matches("correct hors", hash)).isFalse();
    }

    @Test
    void moreThanCanWaitAreRefusedAndNotQueued() throws InterruptedException {
        Passwords passwords = new Passwords(1, 2);
        AtomicInteger refused = new AtomicInteger();
        AtomicInteger hashed = new AtomicInteger();
        List<Thread> all = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            all.add(Thread.startVirtualThread(() -> {
                try {
                    passwords.waste("whatever");
                    hashed.incrementAndGet();
                } catch (ThalwegException e) {
                    assertThat(e.code()).isEqualTo(ErrorCode.OVERLOADED);
                    refused.incrementAndGet();
                }
            }));
        }
        for (Thread thread : all) {
            thread.join();
        }
        assertThat(hashed.get()).isGreaterThanOrEqualTo(3);
        assertThat(refused.get()).isPositive();
        assertThat(hashed.get() + refused.get()).isEqualTo(40);
    }
}
