import type { OnFile } from './types.ts'

/** What Open Notificaties tests of its admin site and the accounts for it. */
export const ADMIN: readonly OnFile[] = [
  {
    file: 'tests/admin/test_abonnement.py',
    count: 5,
    differs: [
      {
        tests: ['test_abonnement_list_check_if_callback_urls_are_reachable'],
        in: 'operations.test.ts',
        because: '`bode doctor` asks each callback instead of a button in the admin site.',
      },
    ],
    notApplicable: [
      {
        tests: [
          'test_delete_abonnement_hide_notificatie_responses',
          'test_bulk_delete_abonnement_hide_notificatie_responses',
          'test_check_all_callback_urls_not_allowed_for_non_staff_user',
        ],
        because: 'Bode has no admin site.',
      },
      {
        tests: ['test_abonnement_list_check_if_callback_urls_are_reachable_with_custom_button'],
        because: 'The same check behind another button; Bode has no admin site.',
      },
    ],
  },
  {
    file: 'tests/admin/test_cloudevents.py',
    count: 3,
    notApplicable: [
      {
        tests: ['test_create_cloudevent', 'test_resend_cloudevent', 'test_resend_cloudevent_action'],
        because: 'A form or action of the admin site, which Bode does not have; publishing is done through the API.',
      },
    ],
  },
  {
    file: 'tests/admin/test_notifications.py',
    count: 6,
    notApplicable: [
      {
        tests: [
          'test_create_notification',
          'test_resend_notification',
          'test_resend_notification_action',
          'test_create_notification_as_cloudevent',
          'test_resend_notification_as_cloudevent',
          'test_resend_notification_action_as_cloudevent',
        ],
        because: 'A form or action of the admin site, which Bode does not have; publishing is done through the API.',
      },
    ],
  },
  {
    file: 'accounts/tests/test_2fa.py',
    count: 1,
    notApplicable: [
      {
        tests: ['test_qr_code_generator_does_not_use_sites_framework'],
        because: 'The command line has no users of its own to log in: no second factor either.',
      },
    ],
  },
  {
    file: 'accounts/tests/test_admin.py',
    count: 1,
    notApplicable: [{ tests: ['test_can_enter_recovery_token'], because: 'Bode has no admin site.' }],
  },
  {
    file: 'accounts/tests/test_createinitialsuperuser.py',
    count: 6,
    notApplicable: [
      {
        tests: [
          'test_create_initial_superuser_command',
          'test_create_initial_superuser_command_allowed_hosts_empty',
          'test_create_from_cli',
          'test_command_noop_if_user_exists',
          'test_password_from_env',
          'test_without_password',
        ],
        because: 'There is no first user to make: who may apply is who has the database or the operators’ token.',
      },
    ],
  },
  {
    file: 'accounts/tests/test_metrics.py',
    count: 3,
    notApplicable: [
      {
        tests: [
          'test_count_users_by_type',
          'test_login_failures_tracked',
          'test_no_counter_increment_if_not_yet_locked_out',
        ],
        because: 'Bode has no users to count and no logins that can fail.',
      },
    ],
  },
  {
    file: 'accounts/tests/test_oidc.py',
    count: 6,
    notApplicable: [
      {
        tests: [
          'test_oidc_button_disabled',
          'test_oidc_button_enabled',
          'test_config_not_found',
          'test_duplicate_email_unique_constraint_violated',
          'test_happy_flow',
          'test_happy_flow_existing_user',
        ],
        because: 'Bode has no admin site, so nobody logs in to it.',
      },
    ],
  },
  {
    file: 'accounts/tests/test_user_manager.py',
    count: 4,
    notApplicable: [
      {
        tests: [
          'test_create_superuser',
          'test_create_user',
          'test_create_users_with_same_email',
          'test_create_user_with_blank_emails',
        ],
        because: 'Bode has no users.',
      },
    ],
  },
]
