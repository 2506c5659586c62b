-- Tables that the shop writes all the time and that are nobody's books: grids, carts, queues, cron.
-- Sequence tables (sequence_order_1, …) are made with each store view, see install.go.

create table `{prefix}sales_order_grid` (
  `entity_id` int unsigned not null, `status` varchar(32), `store_id` smallint unsigned, `store_name` varchar(255),
  `customer_id` int unsigned, `base_grand_total` decimal(20,4), `base_total_paid` decimal(20,4),
  `grand_total` decimal(20,4), `total_paid` decimal(20,4), `increment_id` varchar(50),
  `base_currency_code` varchar(3), `order_currency_code` varchar(255), `shipping_name` varchar(255),
  `billing_name` varchar(255), `created_at` timestamp null, `updated_at` timestamp null,
  `billing_address` varchar(255), `shipping_address` varchar(255), `shipping_information` varchar(255),
  `customer_email` varchar(255), `customer_group` varchar(255), `subtotal` decimal(20,4),
  `shipping_and_handling` decimal(20,4), `customer_name` varchar(255), `payment_method` varchar(255),
  `total_refunded` decimal(20,4), `pickup_location_code` varchar(255),
  primary key (`entity_id`),
  unique key (`increment_id`, `store_id`)
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}sales_invoice_grid` (
  `entity_id` int unsigned not null, `increment_id` varchar(50), `state` int, `store_id` smallint unsigned,
  `store_name` varchar(255), `order_id` int unsigned not null, `order_increment_id` varchar(50),
  `order_created_at` timestamp null, `customer_name` varchar(255), `customer_email` varchar(255),
  `customer_group_id` int, `payment_method` varchar(128), `store_currency_code` varchar(3),
  `order_currency_code` varchar(3), `base_currency_code` varchar(3), `global_currency_code` varchar(3),
  `billing_name` varchar(255), `billing_address` varchar(255), `shipping_address` varchar(255),
  `shipping_information` varchar(255), `subtotal` decimal(20,4), `shipping_and_handling` decimal(20,4),
  `grand_total` decimal(20,4), `created_at` timestamp null, `updated_at` timestamp null,
  `base_grand_total` decimal(20,4),
  primary key (`entity_id`),
  unique key (`increment_id`, `store_id`)
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}sales_creditmemo_grid` (
  `entity_id` int unsigned not null, `increment_id` varchar(50), `created_at` timestamp null,
  `updated_at` timestamp null, `order_id` int unsigned not null, `order_increment_id` varchar(50),
  `order_created_at` timestamp null, `billing_name` varchar(255), `state` int, `base_grand_total` decimal(20,4),
  `order_status` varchar(32), `store_id` smallint unsigned, `billing_address` varchar(255),
  `shipping_address` varchar(255), `customer_name` varchar(128) not null, `customer_email` varchar(128),
  `customer_group_id` smallint, `payment_method` varchar(32), `shipping_information` varchar(255),
  `subtotal` decimal(20,4), `shipping_and_handling` decimal(20,4), `adjustment_positive` decimal(20,4),
  `adjustment_negative` decimal(20,4), `order_base_grand_total` decimal(20,4),
  primary key (`entity_id`),
  unique key (`increment_id`, `store_id`)
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}quote` (
  `entity_id` int unsigned not null auto_increment, `store_id` smallint unsigned not null default 0,
  `created_at` timestamp not null default current_timestamp,
  `updated_at` timestamp not null default current_timestamp on update current_timestamp,
  `converted_at` timestamp null, `is_active` smallint unsigned default 1, `is_virtual` smallint unsigned default 0,
  `is_multi_shipping` smallint unsigned default 0, `items_count` int unsigned default 0,
  `items_qty` decimal(12,4) default 0, `orig_order_id` int unsigned default 0,
  `store_to_base_rate` decimal(12,4) default 0, `store_to_quote_rate` decimal(12,4) default 0,
  `base_currency_code` varchar(255), `store_currency_code` varchar(255), `quote_currency_code` varchar(255),
  `grand_total` decimal(20,4) default 0, `base_grand_total` decimal(20,4) default 0, `checkout_method` varchar(255),
  `customer_id` int unsigned, `customer_tax_class_id` int unsigned, `customer_group_id` int unsigned default 0,
  `customer_email` varchar(255), `customer_prefix` varchar(40), `customer_firstname` varchar(255),
  `customer_middlename` varchar(40), `customer_lastname` varchar(255), `customer_suffix` varchar(40),
  `customer_dob` datetime, `customer_note` text, `customer_note_notify` smallint unsigned default 1,
  `customer_is_guest` smallint unsigned default 0, `remote_ip` varchar(45), `applied_rule_ids` varchar(255),
  `reserved_order_id` varchar(64), `password_hash` varchar(255), `coupon_code` varchar(255),
  `global_currency_code` varchar(255), `base_to_global_rate` decimal(20,4), `base_to_quote_rate` decimal(20,4),
  `customer_taxvat` varchar(255), `customer_gender` varchar(255), `subtotal` decimal(20,4),
  `base_subtotal` decimal(20,4), `subtotal_with_discount` decimal(20,4), `base_subtotal_with_discount` decimal(20,4),
  `is_changed` int unsigned, `trigger_recollect` smallint not null default 0, `ext_shipping_info` text,
  `gift_message_id` int, `is_persistent` smallint unsigned default 0,
  primary key (`entity_id`),
  foreign key (`store_id`) references `{prefix}store` (`store_id`) on delete cascade
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}quote_item` (
  `item_id` int unsigned not null auto_increment, `quote_id` int unsigned not null default 0,
  `created_at` timestamp not null default current_timestamp,
  `updated_at` timestamp not null default current_timestamp on update current_timestamp, `product_id` int unsigned,
  `store_id` smallint unsigned, `parent_item_id` int unsigned, `is_virtual` smallint unsigned, `sku` varchar(255),
  `name` varchar(255), `description` text, `applied_rule_ids` text, `additional_data` text,
  `is_qty_decimal` smallint unsigned, `no_discount` smallint unsigned default 0, `weight` decimal(12,4) default 0,
  `qty` decimal(12,4) not null default 0, `price` decimal(20,4) not null default 0,
  `base_price` decimal(20,4) not null default 0, `custom_price` decimal(20,4),
  `discount_percent` decimal(12,4) default 0, `discount_amount` decimal(20,4) default 0,
  `base_discount_amount` decimal(20,4) default 0, `tax_percent` decimal(12,4) default 0,
  `tax_amount` decimal(20,4) default 0, `base_tax_amount` decimal(20,4) default 0,
  `row_total` decimal(20,4) not null default 0, `base_row_total` decimal(20,4) not null default 0,
  `row_total_with_discount` decimal(20,4) default 0, `row_weight` decimal(12,4) default 0,
  `product_type` varchar(255), `base_tax_before_discount` decimal(20,4), `tax_before_discount` decimal(20,4),
  `original_custom_price` decimal(20,4), `redirect_url` varchar(255), `base_cost` decimal(12,4),
  `price_incl_tax` decimal(20,4), `base_price_incl_tax` decimal(20,4), `row_total_incl_tax` decimal(20,4),
  `base_row_total_incl_tax` decimal(20,4), `discount_tax_compensation_amount` decimal(20,4),
  `base_discount_tax_compensation_amount` decimal(20,4), `gift_message_id` int,
  `free_shipping` smallint unsigned not null default 0, `weee_tax_applied` text,
  `weee_tax_applied_amount` decimal(12,4), `weee_tax_applied_row_amount` decimal(12,4),
  `weee_tax_disposition` decimal(12,4), `weee_tax_row_disposition` decimal(12,4),
  `base_weee_tax_applied_amount` decimal(12,4), `base_weee_tax_applied_row_amnt` decimal(12,4),
  `base_weee_tax_disposition` decimal(12,4), `base_weee_tax_row_disposition` decimal(12,4),
  primary key (`item_id`),
  foreign key (`parent_item_id`) references `{prefix}quote_item` (`item_id`) on delete cascade,
  foreign key (`quote_id`) references `{prefix}quote` (`entity_id`) on delete cascade,
  foreign key (`store_id`) references `{prefix}store` (`store_id`) on delete set null
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}quote_address` (
  `address_id` int unsigned not null auto_increment, `quote_id` int unsigned not null default 0,
  `created_at` timestamp not null default current_timestamp,
  `updated_at` timestamp not null default current_timestamp on update current_timestamp, `customer_id` int unsigned,
  `save_in_address_book` smallint default 0, `customer_address_id` int unsigned, `address_type` varchar(10),
  `email` varchar(255), `prefix` varchar(40), `firstname` varchar(255), `middlename` varchar(40),
  `lastname` varchar(255), `suffix` varchar(40), `company` varchar(255), `street` varchar(255), `city` varchar(255),
  `region` varchar(255), `region_id` int unsigned, `postcode` varchar(20), `country_id` varchar(30),
  `telephone` varchar(255), `fax` varchar(255), `same_as_billing` smallint unsigned not null default 0,
  `collect_shipping_rates` smallint unsigned not null default 0, `shipping_method` varchar(120),
  `shipping_description` varchar(255), `weight` decimal(12,4) not null default 0,
  `subtotal` decimal(20,4) not null default 0, `base_subtotal` decimal(20,4) not null default 0,
  `subtotal_with_discount` decimal(20,4) not null default 0,
  `base_subtotal_with_discount` decimal(20,4) not null default 0, `tax_amount` decimal(20,4) not null default 0,
  `base_tax_amount` decimal(20,4) not null default 0, `shipping_amount` decimal(20,4) not null default 0,
  `base_shipping_amount` decimal(20,4) not null default 0, `shipping_tax_amount` decimal(20,4),
  `base_shipping_tax_amount` decimal(20,4), `discount_amount` decimal(20,4) not null default 0,
  `base_discount_amount` decimal(20,4) not null default 0, `grand_total` decimal(20,4) not null default 0,
  `base_grand_total` decimal(20,4) not null default 0, `customer_notes` text, `applied_taxes` text,
  `discount_description` varchar(255), `shipping_discount_amount` decimal(20,4),
  `base_shipping_discount_amount` decimal(20,4), `subtotal_incl_tax` decimal(20,4),
  `base_subtotal_total_incl_tax` decimal(20,4), `discount_tax_compensation_amount` decimal(20,4),
  `base_discount_tax_compensation_amount` decimal(20,4), `shipping_discount_tax_compensation_amount` decimal(20,4),
  `base_shipping_discount_tax_compensation_amnt` decimal(20,4), `shipping_incl_tax` decimal(20,4),
  `base_shipping_incl_tax` decimal(20,4), `vat_id` text, `vat_is_valid` smallint, `vat_request_id` text,
  `vat_request_date` text, `vat_request_success` smallint, `validated_country_code` text,
  `validated_vat_number` text, `gift_message_id` int, `free_shipping` smallint unsigned not null default 0,
  primary key (`address_id`),
  foreign key (`quote_id`) references `{prefix}quote` (`entity_id`) on delete cascade
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}quote_payment` (
  `payment_id` int unsigned not null auto_increment, `quote_id` int unsigned not null default 0,
  `created_at` timestamp not null default current_timestamp,
  `updated_at` timestamp not null default current_timestamp on update current_timestamp, `method` varchar(255),
  `cc_type` varchar(255), `cc_number_enc` varchar(255), `cc_last_4` varchar(255), `cc_cid_enc` varchar(255),
  `cc_owner` varchar(255), `cc_exp_month` varchar(255), `cc_exp_year` smallint unsigned default 0,
  `cc_ss_owner` varchar(255), `cc_ss_start_month` smallint unsigned default 0,
  `cc_ss_start_year` smallint unsigned default 0, `po_number` varchar(255), `additional_data` text,
  `cc_ss_issue` varchar(255), `additional_information` text, `paypal_payer_id` varchar(255),
  `paypal_payer_status` varchar(255), `paypal_correlation_id` varchar(255),
  primary key (`payment_id`),
  foreign key (`quote_id`) references `{prefix}quote` (`entity_id`) on delete cascade
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}queue_message` (
  `id` bigint unsigned not null auto_increment, `topic_name` varchar(255), `body` longtext,
  primary key (`id`)
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}cron_schedule` (
  `schedule_id` int unsigned not null auto_increment, `job_code` varchar(255) not null default '0',
  `status` varchar(7) not null default 'pending', `messages` text,
  `created_at` timestamp not null default current_timestamp, `scheduled_at` timestamp null,
  `executed_at` timestamp null, `finished_at` timestamp null,
  primary key (`schedule_id`)
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}indexer_state` (
  `state_id` int unsigned not null auto_increment, `indexer_id` varchar(255), `status` varchar(16) default 'invalid',
  `updated` datetime, `hash_config` varchar(32) not null,
  primary key (`state_id`)
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}mview_state` (
  `state_id` int unsigned not null auto_increment, `view_id` varchar(255), `mode` varchar(16) default 'disabled',
  `status` varchar(16) default 'idle', `updated` datetime, `version_id` int unsigned,
  primary key (`state_id`)
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;

create table `{prefix}customer_grid_flat` (
  `entity_id` int unsigned not null, `name` text, `email` varchar(255), `group_id` int, `created_at` timestamp null,
  `website_id` int, `billing_full` text, `billing_firstname` varchar(255), `billing_lastname` varchar(255),
  `billing_postcode` varchar(255), `billing_country_id` varchar(255), `billing_vat_id` varchar(255),
  primary key (`entity_id`)
) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci;
