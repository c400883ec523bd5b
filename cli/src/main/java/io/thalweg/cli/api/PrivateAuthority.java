package io.thalweg.cli.api;

import io.thalweg.cli.terminal.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** Certificates that are believed: those of the JDK, and those of a company's own authority. */
public final class PrivateAuthority {
    private PrivateAuthority() {}

    /** A context that believes what the JDK does and, unless it is null, whoever {@code file}'s certificates (PEM) signed. */
    public static SSLContext trusting(@Nullable Path file) throws IOException {
        try {
            if (file == null) {
                return SSLContext.getDefault();
            }
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int number = 0;
            for (X509Certificate known : managerOf(null).getAcceptedIssuers()) {
                store.setCertificateEntry("jdk" + number++, known);
            }
            for (Certificate ours : read(file)) {
                store.setCertificateEntry("own" + number++, ours);
            }
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {managerOf(store)}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new Failure("this JDK cannot make a TLS context: " + e.getMessage());
        }
    }

    /**
     * A context that believes a server that shows a certificate of this fingerprint, or one that such a certificate has signed, and nobody else.
     *
     * @param fingerprint SHA-256 of the certificate, in base64 for URLs
     */
    public static SSLContext pinned(String fingerprint) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new PinnedTrust(fingerprint)}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new Failure("this JDK cannot make a TLS context: " + e.getMessage());
        }
    }

    /** A context that believes nobody, for calls without TLS: to read the JDK's certificates takes longer than most calls. */
    static SSLContext nobody() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[0], null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new Failure("this JDK cannot make a TLS context: " + e.getMessage());
        }
    }

    private static Collection<? extends Certificate> read(Path file) throws IOException, GeneralSecurityException {
        try (InputStream input = Files.newInputStream(file)) {
            Collection<? extends Certificate> found =
                    CertificateFactory.getInstance("X.509").generateCertificates(input);
            if (!found.isEmpty()) {
                return found;
            }
        } catch (CertificateException e) {
            // Told below.
        }
        throw new Failure(file + " holds no certificate in PEM form");
    }

    static X509TrustManager managerOf(@Nullable KeyStore store) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509TrustManager certificates) {
                return certificates;
            }
        }
        throw new GeneralSecurityException("no trust manager for certificates");
    }
}
