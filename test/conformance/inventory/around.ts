import type { OnFile } from './types.ts'

/** What Open Notificaties tests around its API: data model, commands, set-up, addresses. */
export const AROUND: readonly OnFile[] = [
  {
    file: 'datamodel/tests/test_abonnement.py',
    count: 1,
    differs: [
      {
        tests: ['test_migration_0023'],
        in: 'operations.test.ts',
        because:
          'A conversion keeps what 1.15 did: with both names given, the one of the calls stays the one of the calls.',
      },
    ],
  },
  {
    file: 'datamodel/tests/test_filter.py',
    count: 4,
    differs: [
      {
        tests: ['test_get_queryset_notification_without_failures'],
        in: 'counting.test.ts',
        because: 'Each delivery has an outcome of its own, delivered also when that took retries.',
      },
      {
        tests: ['test_get_queryset_notification_with_failures'],
        in: 'counting.test.ts',
        because: 'Each delivery has an outcome of its own, with the last status and why; no answer is a failure too.',
      },
    ],
    notApplicable: [
      {
        tests: ['test_has_failure_annotation', 'test_has_succes_annotation'],
        because: 'A filter of a list in the admin site, which Bode does not have.',
      },
    ],
  },
  {
    file: 'datamodel/tests/test_filtergroup.py',
    count: 3,
    covered: {
      'matching.test.ts': [
        'test_match_pattern_true_same_length',
        'test_match_pattern_true_different_length',
        'test_match_pattern_false_values',
      ],
    },
  },
  {
    file: 'tests/commands/test_clean_old_notifications.py',
    count: 2,
    notApplicable: [
      {
        tests: ['test_objects_are_deleted', 'test_change_of_period'],
        because: 'There is no such command: nothing that was taken in is cleaned up.',
      },
    ],
  },
  {
    file: 'tests/setup_configuration/test_abonnementen_configuration.py',
    count: 5,
    covered: {
      'setup-configuration/abonnementen.test.ts': [
        'test_execute_configuration_step_success',
        'test_execute_configuration_step_update_existing',
        'test_execute_configuration_step_idempotent',
        'test_execute_configuration_step_fails_if_kanaal_does_not_exist',
        'test_execute_configuration_step_fails_if_no_filters_are_specified',
      ],
    },
  },
  {
    file: 'tests/setup_configuration/test_authorization_configuration.py',
    count: 4,
    covered: {
      'setup-configuration/autorisaties.test.ts': [
        'test_execute_configuration_step_success',
        'test_execute_configuration_step_update_existing',
        'test_execute_configuration_step_idempotent',
        'test_execute_configuration_service_does_not_exist',
      ],
    },
  },
  {
    file: 'tests/setup_configuration/test_kanalen_configuration.py',
    count: 3,
    covered: {
      'setup-configuration/kanalen.test.ts': [
        'test_execute_configuration_step_success',
        'test_execute_configuration_step_update_existing',
        'test_execute_configuration_step_idempotent',
      ],
    },
  },
  {
    file: 'tests/setup_configuration/test_notification_configuration.py',
    count: 2,
    covered: { 'setup-configuration/notificaties.test.ts': ['test_notifications_api_service_identifier_is_optional'] },
    differs: [
      {
        tests: ['test_notifications_api_service_identifier_is_saved'],
        in: 'setup-configuration/notificaties.test.ts',
        because: 'Bode does not call itself, so the service is left out and the conversion says so.',
      },
    ],
  },
  {
    file: 'tests/test_handle_auth_notifications.py',
    count: 3,
    covered: {
      'autorisaties-changes.test.ts': ['test_handle_create_auth', 'test_handle_update_auth', 'test_handle_delete_auth'],
    },
  },
  {
    file: 'tests/test_ref_scopes.py',
    count: 1,
    covered: { 'operations.test.ts': ['test_ref_scopes'] },
  },
  {
    file: 'tests/test_self_signed_certificates.py',
    count: 2,
    differs: [
      {
        tests: ['test_self_signed_ok'],
        in: 'operations.test.ts',
        because: 'NODE_EXTRA_CA_CERTS names what is trusted besides, instead of EXTRA_VERIFY_CERTS.',
      },
    ],
    notApplicable: [
      {
        tests: ['test_public_ca_ok'],
        because: 'The list of public authorities is that of Node itself; a test of it would need the internet.',
      },
    ],
  },
  {
    file: 'tests/test_view_config.py',
    count: 1,
    differs: [
      {
        tests: ['test_get_domain'],
        in: 'routing.test.ts',
        because:
          'Absolute urls start with publicUrl, or else with the root of the request; there is no page that shows it.',
      },
    ],
  },
  {
    file: 'tests/test_x_forwarded_host.py',
    count: 2,
    covered: { 'routing.test.ts': ['test_default_disabled'] },
    differs: [
      {
        tests: ['test_enabled'],
        in: 'routing.test.ts',
        because:
          'The header counts when it comes from an address in http.trustProxy, instead of from anybody once it is switched on.',
      },
    ],
  },
]
