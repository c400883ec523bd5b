package io.thalweg.server.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.thalweg.directory.Directory;
import io.thalweg.directory.secret.SecretHash;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node that has just started does not say of a key that it opens nothing because it has not read so far. */
class UnheardDirectoryTest {
    @Test
    void whatTheDirectoryLacksMayBeThereUntilAllOfItIsKnown(@TempDir Path folder) throws Exception {
        SigningKey.create(folder.resolve("jwt.pem"));
        AtomicBoolean whole = new AtomicBoolean();
        Authenticator authenticator = new Authenticator(
                () -> Directory.EMPTY,
                new Tokens(new SigningKeys(folder, System::nanoTime), InstantSource.system()),
                new Passwords(),
                SecretHash.ofSecret("operator"),
                InstantSource.system(),
                whole::get);
        String key = "Bearer " + Secrets.API_KEY_PREFIX + "nobody's";
        assertThat(refusal(authenticator, key)).isEqualTo(ErrorCode.UNAVAILABLE);
        ThalwegException missing = new ThalwegException(ErrorCode.NOT_FOUND, "there is no such log");
        assertThat(authenticator.unlessUnheard(missing).code()).isEqualTo(ErrorCode.UNAVAILABLE);
        ThalwegException forbidden = new ThalwegException(ErrorCode.FORBIDDEN, "this key may only read");
        assertThat(authenticator.unlessUnheard(forbidden)).isSameAs(forbidden);
        whole.set(true);
        assertThat(refusal(authenticator, key)).isEqualTo(ErrorCode.UNAUTHENTICATED);
        assertThat(authenticator.unlessUnheard(missing)).isSameAs(missing);
    }

    private static ErrorCode refusal(Authenticator authenticator, String authorization) {
        return catchThrowableOfType(ThalwegException.class, () -> authenticator.principal(authorization))
                .code();
    }
}
