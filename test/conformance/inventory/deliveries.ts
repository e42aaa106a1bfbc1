import type { OnFile } from './types.ts'

/** What Open Notificaties tests of its deliveries. */
export const DELIVERIES: readonly OnFile[] = [
  {
    file: 'api/tests/test_cloud_event.py',
    count: 7,
    covered: {
      'cloud-events.test.ts': [
        'test_cloudevent_send_success',
        'test_cloudevent_send_to_subscriptions_with_additional_filters',
        'test_cloudevent_subscription_with_filters_but_no_data_defined_on_event',
        'test_cloudevent_send_failure',
        'test_cloudevent_send_request_exception',
        'test_correct_subs_get_cloudevent',
        'test_data',
      ],
    },
  },
  {
    file: 'api/tests/test_notificatie.py',
    count: 13,
    covered: {
      'notificatie.test.ts': [
        'test_notificatie_send_success',
        'test_notificatie_send_failure',
        'test_notificatie_send_request_exception',
        'test_notificatie_for_abonnement_without_filter_group_does_not_work',
        'test_notificatie_send_inconsistent_kenmerken',
        'test_notificatie_send_empty_kenmerk_value',
        'test_objects_api_sent_notification',
      ],
      'cloud-events.test.ts': [
        'test_notificatie_send_success_as_cloudevent',
        'test_notificatie_send_failure_as_cloudevent',
        'test_notificatie_send_request_exception_as_cloudevent',
      ],
    },
    differs: [
      {
        tests: ['test_notificatie_without_source'],
        in: 'notificatie.test.ts',
        because:
          'A publisher is never refused for what a subscriber asks: the event gets its source from the configuration.',
      },
      {
        tests: ['NotificatieRetry.test_notificatie_retry_use_global_config'],
        in: 'retry.test.ts',
        because:
          'A delay is the scheduled one, give or take a fifth, so that what failed together does not return together.',
      },
      {
        tests: ['NotificatieRetry.test_notificatie_retry_loop'],
        in: 'retry.test.ts',
        because: 'After the last retry a delivery is not deleted: it is dead and kept, with why.',
      },
    ],
  },
  {
    file: 'api/tests/test_queries.py',
    count: 3,
    covered: {
      'queries.test.ts': ['MessageSerializer.test_create_queries'],
      'cloud-events.test.ts': ['CloudEventSerializer.test_create_queries'],
    },
    differs: [
      {
        tests: ['MessageSerializer.test_create_queries_send_cloudevents_no_source'],
        in: 'queries.test.ts',
        because: 'A message without a source is not refused; it takes the same statements.',
      },
    ],
  },
  { file: 'api/tests/test_scheduling.py', count: 1, covered: { 'retry.test.ts': ['test_selected_notifications'] } },
  {
    file: 'api/tests/test_tasks.py',
    count: 19,
    covered: {
      'delivery.test.ts': [
        'Notif.test_notificatie_invalid_response_retry',
        'Notif.test_notificatie_request_exception_retry',
        'Notif.test_notificatie_oauth2_exception_retry',
        'Notif.test_deliver_message_api_key_auth',
        'Notif.test_deliver_message_zgw_auth',
        'Notif.test_deliver_message_oauth2_auth',
        'Notif.test_deliver_message_no_cert_specified',
        'Notif.test_send_to_sub_with_unknown_scheduled_notif_id',
      ],
      'cloud-events.test.ts': [
        'CloudEvent.test_cloudevent_invalid_response_retry',
        'CloudEvent.test_cloudevent_request_exception_retry',
        'CloudEvent.test_cloudevent_oauth2_exception_retry',
        'CloudEvent.test_deliver_cloudevent_api_key_auth',
        'CloudEvent.test_deliver_cloudevent_zgw_auth',
        'CloudEvent.test_deliver_cloudevent_oauth2_auth',
        'CloudEvent.test_deliver_cloudevent_no_cert_specified',
      ],
    },
    differs: [
      {
        tests: ['Notif.test_too_long_exception_message'],
        in: 'delivery.test.ts',
        because:
          'Of a failed attempt a status or a word is kept: what a subscriber answers may be personal and is not.',
      },
      {
        tests: ['Notif.test_deliver_message_client_and_server_cert_specified'],
        in: 'operations.test.ts',
        because: 'An abonnement has no certificates of its own; a conversion names those that would lose theirs.',
      },
      {
        tests: ['Notif.test_delete_notif_if_max_attempts_is_reached'],
        in: 'delivery.test.ts',
        because: 'With its retries used up a delivery is dead and kept; nothing is sent, nothing is deleted.',
      },
    ],
    notApplicable: [
      {
        tests: ['CloudEvent.test_deliver_cloudevent_client_and_server_cert_specified'],
        because: 'The same request as for a message, see Notif.test_deliver_message_client_and_server_cert_specified.',
      },
    ],
  },
]
