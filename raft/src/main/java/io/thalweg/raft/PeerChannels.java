package io.thalweg.raft;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.grpc.GrpcUtil;
import org.apache.ratis.thirdparty.io.grpc.ManagedChannel;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyChannelBuilder;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.SslContext;
import org.jspecify.annotations.Nullable;

/** Connections of our own to other nodes' ports, with the certificates that Ratis uses there. Thread-safe. */
final class PeerChannels {
    private static final long CLOSE_SECONDS_MAX = 5;

    /** Null without TLS. */
    private final @Nullable SslContext tls;

    /** @throws IOException when the files of the certificates cannot be used */
    PeerChannels(Optional<MutualTls> tls) throws IOException {
        try {
            this.tls = tls.isEmpty()
                    ? null
                    : GrpcUtil.buildSslContextForClient(tls.get().config());
        } catch (RuntimeException e) {
            throw new IOException("peer.certificate, peer.key and peer.ca cannot be used: " + e.getMessage(), e);
        }
    }

    /**
     * A connection that is made with its first call; whoever opens it closes it.
     *
     * @param address host:port
     * @param messageBytesMax of what comes back
     */
    ManagedChannel open(String address, int messageBytesMax) {
        NettyChannelBuilder builder = NettyChannelBuilder.forTarget(address)
                .proxyDetector(_ -> null)
                .disableRetry()
                .maxInboundMessageSize(messageBytesMax);
        return (tls == null ? builder.usePlaintext() : builder.sslContext(tls)).build();
    }

    static void close(ManagedChannel channel) {
        channel.shutdownNow();
        try {
            channel.awaitTermination(CLOSE_SECONDS_MAX, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
