#include "alerts/channels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <csignal>
#include <fstream>

#include "alerts/message.h"
#include "alerts/receivers.h"
#include "base/json.h"
#include "mqtt/publisher.h"
#include "mqtt/subscriber.h"
#include "mqtt/testing.h"

namespace hvac::alerts {
namespace {

using namespace std::chrono_literals;
using mqtt::testing::eventually;
using mqtt::testing::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::HttpServer;
using ::testing::Not;
using testing::Security;
using testing::SmtpServer;

constexpr TimePoint kNow{1'764'000'000'000ms};
constexpr auto kTimeout = 10s;

Alarm fouled_coil() {
  Alarm alarm;
  alarm.id = "0123456789ab";
  alarm.key = {AssetId{"chiller-room-2"}, AlarmKind::departure, "coil"};
  alarm.severity = Severity::warning;
  alarm.raised = alarm.changed = kNow;
  alarm.since = kNow - 5min;
  alarm.value = 2.13;
  alarm.limit = 0.8;
  alarm.unit = "K";
  alarm.detail = "UCAOT is 15.20, predicted 13.07";
  alarm.confidence = 0.72;
  return alarm;
}

Message message() { return message_of(fouled_coil(), Announce::raised, "MV Anna"); }

std::filesystem::path file_with(const TemporaryFolder& folder, const std::string& name,
                                const std::string& text) {
  std::ofstream(folder.path / name) << text;
  return folder.path / name;
}

EmailOptions email_to(const SmtpServer& server) {
  EmailOptions options;
  options.enabled = true;
  options.server = "smtp://localhost:" + std::to_string(server.port());
  options.starttls = false;
  options.from = "Twin <twin@ship.example>";
  options.to = {"chief@ship.example", "office@shore.example"};
  return options;
}

Result<std::string> send(const EmailOptions& options, const Message& what = message()) {
  return make_email(options, kTimeout)->send(what, {});
}

class Encrypted : public ::testing::TestWithParam<Security> {
 protected:
  void SetUp() override {
    if (!mqtt::testing::make_certificates(folder.path)) GTEST_SKIP() << "no openssl";
  }
  TemporaryFolder folder;
};

TEST(Email, SaysTagValueLimitSinceHowSureAndWhatToDo) {
  SmtpServer server;
  const auto sent = send(email_to(server));
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_THAT(*sent, HasSubstr("queued as 4711"));
  ASSERT_EQ(server.mails().size(), 1u);
  const auto mail = server.mails()[0];
  EXPECT_EQ(mail.from, "<twin@ship.example>");
  EXPECT_THAT(mail.to, ElementsAre("<chief@ship.example>", "<office@shore.example>"));
  for (const char* part :
       {"From: Twin <twin@ship.example>\n", "To: chief@ship.example, office@shore.example\n",
        "Subject: [warning] chiller-room-2: the cooler departs from its twin (coil), 2.13 K, limit "
        "0.8 K\n",
        "Message-ID: <0123456789ab-1-raised@ship.example>\n",
        "Date: Mon, 24 Nov 2025 16:00:00 +0000\n", "MV Anna", "UCAOT is 15.20", "Value:    2.13 K",
        "Limit:    0.8 K", "Since:    2025-11-24T15:55:00.000Z", "72 %", "Compare the named tag",
        "alerts ack"}) {
    EXPECT_THAT(mail.content, HasSubstr(part));
  }
}

TEST(Email, NothingMakesAHeaderOfItsOwn) {
  SmtpServer server;
  Alarm alarm = fouled_coil();
  alarm.key.asset.value = "x\r\nBcc: all@world.example\r\n\r\nhello";
  Message dotted = message_of(alarm, Announce::raised, "Anna");
  dotted.text += "first\n.\nsecond";
  ASSERT_TRUE(send(email_to(server), dotted));
  ASSERT_EQ(server.mails().size(), 1u);
  EXPECT_THAT(server.mails()[0].content, Not(HasSubstr("\nBcc:")));
  EXPECT_THAT(server.mails()[0].content, HasSubstr("\n.\nsecond"));
}

TEST(Email, OtherAlphabetsAreEncodedInTheSubject) {
  SmtpServer server;
  Alarm alarm = fouled_coil();
  alarm.key.asset.value = "Kühlraum Süd, Grönlandstraße, ein sehr langer Name für einen Kühler";
  ASSERT_TRUE(send(email_to(server), message_of(alarm, Announce::raised, "Änne")));
  const std::string content = server.mails()[0].content;
  EXPECT_THAT(content, HasSubstr("Subject: =?UTF-8?B?"));
  EXPECT_THAT(content, HasSubstr("Content-Transfer-Encoding: 8bit"));
  EXPECT_THAT(content, HasSubstr("Kühlraum Süd"));
}

TEST_P(Encrypted, MailGoesWithLogin) {
  // base64 of "\0anna\0pass word"
  SmtpServer server({GetParam(), folder.path, "AGFubmEAcGFzcyB3b3Jk"});
  EmailOptions options = email_to(server);
  if (GetParam() == Security::tls) options.server.replace(0, 4, "smtps");
  options.starttls = true;
  options.ca_file = folder.path / "ca.pem";
  options.user = "anna";
  options.password_file = file_with(folder, "password", "pass word\n");
  const auto sent = send(options);
  ASSERT_TRUE(sent) << sent.error().message;
  ASSERT_EQ(server.mails().size(), 1u);
  EXPECT_TRUE(server.mails()[0].encrypted);

  file_with(folder, "password", "wrong secret\n");
  const auto refused = send(options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);  // It may be put right.
  EXPECT_THAT(refused.error().message, HasSubstr("535"));
  EXPECT_THAT(refused.error().message, Not(HasSubstr("wrong secret")));
}

TEST_P(Encrypted, ServerMustProveItsName) {
  SmtpServer server({GetParam(), folder.path, ""});
  EmailOptions options = email_to(server);
  if (GetParam() == Security::tls) options.server.replace(0, 4, "smtps");
  options.starttls = true;  // And no ca_file: the system does not know this authority.
  const auto sent = send(options);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, ErrorCode::unavailable);
  EXPECT_TRUE(server.mails().empty());
}

INSTANTIATE_TEST_SUITE_P(Email, Encrypted, ::testing::Values(Security::starttls, Security::tls),
                         [](const auto& which) {
                           return which.param == Security::tls ? "Smtps" : "Starttls";
                         });

TEST(Email, NothingIsSentWithoutTheEncryptionThatWasAskedFor) {
  SmtpServer server;  // Offers no STARTTLS
  EmailOptions options = email_to(server);
  options.starttls = true;
  const auto sent = send(options);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, ErrorCode::unavailable);
  EXPECT_TRUE(server.mails().empty());
}

TEST(Email, OneWrongReceiverDoesNotSilenceTheOthers) {
  SmtpServer server;
  server.refuse("office@shore.example");
  const auto sent = send(email_to(server));
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_THAT(*sent, HasSubstr("no such user <office@shore.example>"));
  EXPECT_THAT(server.mails()[0].to, ElementsAre("<chief@ship.example>"));
  server.refuse("chief@ship.example");
  EXPECT_EQ(send(email_to(server)).error().code, ErrorCode::rejected);
}

TEST(Email, TellsLaterFromNever) {
  SmtpServer server;
  server.answer_next({"451 4.3.0 try later", "554 5.6.0 spam"});
  EXPECT_EQ(send(email_to(server)).error().code, ErrorCode::unavailable);
  const auto never = send(email_to(server));
  EXPECT_EQ(never.error().code, ErrorCode::rejected);
  EXPECT_THAT(never.error().message, HasSubstr("554 5.6.0 spam"));
}

TEST(Email, NobodyListens) {
  SmtpServer server;
  EmailOptions options = email_to(server);
  options.server = "smtp://localhost:" + std::to_string(mqtt::testing::free_port());
  EXPECT_EQ(send(options).error().code, ErrorCode::unavailable);
}

WebhookOptions hook_to(const TemporaryFolder& folder, const std::string& url) {
  WebhookOptions options;
  options.enabled = true;
  options.url_file = file_with(folder, "url", url + "\n");
  return options;
}

std::string url_of(const HttpServer& server, const std::string& scheme) {
  return scheme + "://localhost:" + std::to_string(server.port()) + "/services/T0/B0/topsecret?x=1";
}

TEST(Webhook, SpeaksSlack) {
  const TemporaryFolder folder;
  HttpServer server;
  Alarm alarm = fouled_coil();
  alarm.detail = "a < b & c";
  const auto sent = make_webhook(hook_to(folder, url_of(server, "http")), kTimeout)
                        ->send(message_of(alarm, Announce::raised, "Anna"), {});
  ASSERT_TRUE(sent) << sent.error().message;
  ASSERT_EQ(server.posts().size(), 1u);
  const auto post = server.posts()[0];
  EXPECT_EQ(post.target, "POST /services/T0/B0/topsecret?x=1");
  EXPECT_EQ(post.content_type, "application/json");
  const auto body = parse_json(post.body).value();
  EXPECT_EQ(body.as_object().size(), 1u);
  const std::string text(body.at("text").as_string());
  EXPECT_THAT(text, HasSubstr("*[warning] chiller-room-2"));
  EXPECT_THAT(text, HasSubstr("a &lt; b &amp; c"));
}

TEST(Webhook, SpeaksJsonOverHttps) {
  const TemporaryFolder folder;
  if (!mqtt::testing::make_certificates(folder.path)) GTEST_SKIP() << "no openssl";
  HttpServer server(Security::tls, folder.path);
  WebhookOptions options = hook_to(folder, url_of(server, "https"));
  options.format = WebhookFormat::json;
  EXPECT_FALSE(make_webhook(options, kTimeout)->send(message(), {}));  // An unknown authority
  options.ca_file = folder.path / "ca.pem";
  const auto sent = make_webhook(options, kTimeout)->send(message(), {});
  ASSERT_TRUE(sent) << sent.error().message;
  const auto body = parse_json(server.posts().at(0).body).value();
  EXPECT_EQ(body.at("kind").as_string(), "departure");
  EXPECT_EQ(body.at("event").as_string(), "raised");
  EXPECT_EQ(body.at("value").as_double(), 2.13);
}

TEST(Webhook, TellsLaterFromNeverAndKeepsItsAddress) {
  const TemporaryFolder folder;
  HttpServer server;
  const WebhookOptions options = hook_to(folder, url_of(server, "http"));
  server.answer_next({503, 429, 404, 400});
  for (const ErrorCode expected : {ErrorCode::unavailable, ErrorCode::unavailable,
                                   ErrorCode::unavailable, ErrorCode::rejected}) {
    const auto sent = make_webhook(options, kTimeout)->send(message(), {});
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code, expected) << sent.error().message;
    EXPECT_THAT(sent.error().message, Not(HasSubstr("topsecret")));
  }
  const auto nobody =
      make_webhook(hook_to(folder, "http://localhost:" +
                                       std::to_string(mqtt::testing::free_port()) + "/topsecret"),
                   kTimeout)
          ->send(message(), {});
  EXPECT_EQ(nobody.error().code, ErrorCode::unavailable);
  EXPECT_THAT(nobody.error().message, Not(HasSubstr("topsecret")));
}

TEST(Webhook, FetchesNoFiles) {
  const TemporaryFolder folder;
  EXPECT_FALSE(
      make_webhook(hook_to(folder, "file:///etc/hostname"), kTimeout)->send(message(), {}));
  const auto nothing = make_webhook(hook_to(folder, ""), kTimeout)->send(message(), {});
  EXPECT_EQ(nothing.error().code, ErrorCode::invalid_argument);
}

TEST(Mqtt, ArrivesAtTheTopicOfItsSeverity) {
  if (!mqtt::testing::broker_installed()) GTEST_SKIP() << "no mosquitto";
  mqtt::testing::Broker broker;
  mqtt::PublisherOptions options;
  options.client = broker.client("twin");
  const auto publisher = mqtt::Publisher::start(options).value();
  const auto channel = make_mqtt({{true, Severity::info, true}, "hvac"}, kTimeout, *publisher);
  const auto sent = channel->send(message(), {});
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_THAT(*sent, HasSubstr("hvac/alerts/warning"));
}

TEST(Mqtt, OneMessageIsPublishedOnceHoweverLongTheBrokerIsAway) {
  if (!mqtt::testing::broker_installed()) GTEST_SKIP() << "no mosquitto";
  mqtt::testing::Broker broker;
  mqtt::PublisherOptions options;
  options.client = broker.client("twin");
  options.client.backoff = {50ms, 100ms};
  broker.stop(SIGKILL);
  const auto publisher = mqtt::Publisher::start(options).value();
  const auto channel = make_mqtt({{true, Severity::info, true}, "hvac"}, 1s, *publisher);
  EXPECT_EQ(channel->send(message(), {}).error().code, ErrorCode::timed_out);
  ASSERT_TRUE(broker.start());
  EXPECT_TRUE(eventually([&] { return channel->send(message(), {}).has_value(); }));
  EXPECT_EQ(publisher->status().confirmed, 1u);
}

TEST(Message, DigestNamesTheWorstAndCountsTheRest) {
  std::vector<Message> all;
  for (int i = 0; i < 30; ++i) {
    Alarm alarm = fouled_coil();
    alarm.id = std::to_string(i);
    alarm.severity = i == 29 ? Severity::critical : Severity::info;
    all.push_back(message_of(alarm, Announce::raised, "Anna"));
  }
  const Message digest = digest_of(all, 1000, "Anna");
  EXPECT_EQ(digest.severity, Severity::critical);
  EXPECT_EQ(digest.subject, "[critical] 1030 more alerts");
  EXPECT_THAT(digest.text, HasSubstr("... and 1010 more."));
  EXPECT_LT(digest.text.find("[critical]"), digest.text.find("[info]"));
}

}  // namespace
}  // namespace hvac::alerts
