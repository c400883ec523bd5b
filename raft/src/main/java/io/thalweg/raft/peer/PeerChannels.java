package io.thalweg.raft.peer;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.grpc.GrpcTlsConfig;
import org.apache.ratis.grpc.GrpcUtil;
import org.apache.ratis.thirdparty.io.grpc.ManagedChannel;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyChannelBuilder;
import org.apache.ratis.thirdparty.io.grpc.stub.MetadataUtils;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.SslContext;
import org.jspecify.annotations.Nullable;

/** Connections of our own to other nodes' ports, with the certificates that Ratis uses there. Thread-safe. */
final class PeerChannels {
    private static final long CLOSE_SECONDS_MAX = 5;

    private final String self;
    private final PeerAddresses addresses;

    /** Null without TLS. */
    private final @Nullable SslContext tls;

    /**
     * @param self id of this node
     * @throws IOException when the files of the certificates cannot be used
     */
    PeerChannels(String self, PeerAddresses addresses, Optional<GrpcTlsConfig> tls) throws IOException {
        this.self = self;
        this.addresses = addresses;
        try {
            this.tls = tls.isEmpty() ? null : GrpcUtil.buildSslContextForClient(tls.get());
        } catch (RuntimeException e) {
            throw new IOException("peer.certificate, peer.key and peer.ca cannot be used: " + e.getMessage(), e);
        }
    }

    /**
     * A connection that is made with its first call, to wherever the node is then; whoever opens it closes it. Each call says who calls, and whom it
     * means.
     *
     * @param messageBytesMax of what comes back
     */
    ManagedChannel open(String node, int messageBytesMax) {
        Metadata names = new Metadata();
        names.put(PeerGate.CALLER, self);
        names.put(PeerGate.MEANT, node);
        NettyChannelBuilder builder = NettyChannelBuilder.forTarget(addresses.target(node))
                .proxyDetector(_ -> null)
                .disableRetry()
                .intercept(MetadataUtils.newAttachHeadersInterceptor(names))
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
