-- Four audiences, saved as segments.
\set ON_ERROR_STOP on
SELECT segments.create_segment('re-engagement', $$
    EmailDelivered within last 30 days and not EmailOpened within last 30 days $$);
SELECT segments.create_segment('high intent', $$
    EmailLinkClicked where Link contains '/product/' within last 14 days at least twice $$);
SELECT segments.create_segment('event attendees', $$
    EventCheckIn within last 90 days $$);
SELECT segments.create_segment('non-responders', $$
    PushNotificationSent within last 30 days and not PushNotificationDelivered within last 30 days $$);
SELECT segments.create_segment('push not sent', $$
    "Push Notification Not Sent" within last 30 days $$);
