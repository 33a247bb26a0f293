// The report by JDBC: setString, statements that the server keeps prepared (prepareThreshold), fetch size, metadata.

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import javax.net.SocketFactory;

public class Report {
    static final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);

    // The test's server has no TCP: the driver takes its sockets from a factory, and this one connects to the server's.
    public static class ServerSocket extends SocketFactory {
        @Override public Socket createSocket() {
            return new Socket() {
                private SocketChannel channel;
                @Override public void connect(SocketAddress ignored, int timeout) throws IOException {
                    channel = SocketChannel.open(UnixDomainSocketAddress.of(System.getenv("PGHOST") + "/.s.PGSQL." + System.getenv("PGPORT")));
                }
                @Override public InputStream getInputStream() { return Channels.newInputStream(channel); }
                @Override public OutputStream getOutputStream() { return Channels.newOutputStream(channel); }
                @Override public boolean isConnected() { return channel != null; }
                @Override public boolean isClosed() { return channel != null && !channel.isOpen(); }
                @Override public void close() throws IOException { if (channel != null) channel.close(); }
                @Override public void setTcpNoDelay(boolean on) {}
                @Override public void setKeepAlive(boolean on) {}
                @Override public void setSoTimeout(int timeout) {}
                @Override public int getSoTimeout() { return 0; }
                @Override public int getSendBufferSize() { return 8192; }
                @Override public int getReceiveBufferSize() { return 8192; }
            };
        }
        @Override public Socket createSocket(String host, int port) { return createSocket(); }
        @Override public Socket createSocket(String host, int port, InetAddress local, int localPort) { return createSocket(); }
        @Override public Socket createSocket(InetAddress host, int port) { return createSocket(); }
        @Override public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) { return createSocket(); }
    }

    static Connection connect(String user) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", user);
        properties.setProperty("socketFactory", ServerSocket.class.getName());
        properties.setProperty("sslmode", "disable");
        properties.setProperty("gssEncMode", "disable");
        properties.setProperty("prepareThreshold", "2");
        return DriverManager.getConnection("jdbc:postgresql://localhost/" + System.getenv("PGDATABASE"), properties);
    }

    static void show(Object... values) {
        List<String> texts = new ArrayList<>();
        for (Object value : values) texts.add(String.valueOf(value));
        out.println(String.join("\t", texts));
    }

    static String digest(List<String> ids) throws Exception {
        byte[] hash = MessageDigest.getInstance("MD5").digest(String.join(",", ids).getBytes(StandardCharsets.UTF_8));
        return String.format("%032x", new BigInteger(1, hash));
    }

    static PreparedStatement statement(Connection connection, String sql, Object... parameters) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        for (int i = 0; i < parameters.length; ++i) {
            if (parameters[i] instanceof String text) statement.setString(i + 1, text);
            else if (parameters[i] instanceof Integer number) statement.setInt(i + 1, number);
            else if (parameters[i] instanceof Timestamp time) statement.setTimestamp(i + 1, time);
            else throw new IllegalArgumentException();
        }
        return statement;
    }

    static List<String> texts(Connection connection, String sql, Object... parameters) throws SQLException {
        List<String> texts = new ArrayList<>();
        try (PreparedStatement statement = statement(connection, sql, parameters); ResultSet rows = statement.executeQuery()) {
            while (rows.next()) texts.add(rows.getString(1));
        }
        return texts;
    }

    static long number(Connection connection, String sql, Object... parameters) throws SQLException {
        try (PreparedStatement statement = statement(connection, sql, parameters); ResultSet rows = statement.executeQuery()) {
            rows.next();
            return rows.getLong(1);
        }
    }

    static void read(Connection analyst) throws Exception {
        try (Statement statement = analyst.createStatement()) {
            ResultSet rows = statement.executeQuery("SELECT name, members, state FROM segments.segment_overview ORDER BY name COLLATE \"C\"");
            while (rows.next()) show("overview", rows.getString("name"), rows.getLong("members"), rows.getString("state"));
            rows = statement.executeQuery("SELECT segment, count(*), count(DISTINCT profile_id) FROM segments.member GROUP BY segment ORDER BY segment COLLATE \"C\"");
            while (rows.next()) show("counts", rows.getString(1), rows.getLong(2), rows.getLong(3));
        }
        // One statement, used until it is the server's (twice), and then again: with binary results.
        try (PreparedStatement statement = analyst.prepareStatement("SELECT count(*) FROM segments.member WHERE profile_id = ?")) {
            for (String person : new String[] {"p00001", "Ж00007", "p00002", "absent"}) {
                statement.setString(1, person);
                ResultSet rows = statement.executeQuery();
                rows.next();
                show("person", person, rows.getLong(1));
            }
        }
        List<String> page = texts(analyst, "SELECT profile_id FROM segments.member WHERE segment = ? ORDER BY profile_id COLLATE \"C\" LIMIT ?", "readers", 50);
        show("page", digest(page));
        show("next page", digest(texts(analyst, "SELECT profile_id FROM segments.member WHERE segment = ? AND profile_id COLLATE \"C\" > ? "
            + "ORDER BY profile_id COLLATE \"C\" LIMIT 50", "readers", page.get(49))));
        // A fetch size makes a portal of it, within a transaction.
        analyst.setAutoCommit(false);
        List<String> ids = new ArrayList<>();
        try (PreparedStatement statement = statement(analyst, "SELECT profile_id FROM segments.member WHERE segment = ? ORDER BY profile_id COLLATE \"C\"", "readers")) {
            statement.setFetchSize(1000);
            ResultSet rows = statement.executeQuery();
            while (rows.next()) ids.add(rows.getString(1));
        }
        analyst.commit();
        analyst.setAutoCommit(true);
        show("all", ids.size(), digest(ids));
        show("private", number(analyst, "SELECT count(*) FROM segments.member WHERE segment = ?", "private"));
        List<String> columns = new ArrayList<>();
        ResultSet found = analyst.getMetaData().getColumns(null, "segments", "member", "%");
        while (found.next()) columns.add(found.getString("COLUMN_NAME") + " " + found.getString("TYPE_NAME"));
        show("columns", String.join(", ", columns));
    }

    static void ask(Connection marketer) throws Exception {
        show("asked", number(marketer, "SELECT segments.segment_count(?)", "Opened at least 4 times"));
        show("asked at", number(marketer, "SELECT segments.segment_count(?, ?)", "Opened within last 10 days", Timestamp.from(Instant.parse("2026-03-11T12:00:00Z"))));
        show("explained", number(marketer, "SELECT members FROM segments.segment_explain(?) WHERE node = 1", "Clicked"));
        marketer.setAutoCommit(false);
        show("saved", number(marketer, "SELECT segments.create_segment(?, ?)", "clickers", "Clicked and not Opened"),
            number(marketer, "SELECT count(*) FROM segments.member WHERE segment = ?", "clickers"));
        try {
            number(marketer, "SELECT segments.segment_count(?)", "Nonsense");
        } catch (SQLException error) {
            show("error", error.getSQLState());
        }
        marketer.rollback();
        marketer.setAutoCommit(true);
        show("rolled back", number(marketer, "SELECT count(*) FROM segments.segment_overview WHERE name = ?", "clickers"));
    }

    public static void main(String[] arguments) throws Exception {
        try (Connection analyst = connect("clients_analyst")) { read(analyst); }
        try (Connection marketer = connect("clients_marketer")) { ask(marketer); }
    }
}
